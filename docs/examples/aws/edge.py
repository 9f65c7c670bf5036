"""A load balancer on loopback, made with boto3: `AWS_ENDPOINT_URL=http://127.0.0.1:4566 python3 edge.py`."""

import json
import os

import boto3
from botocore.exceptions import ClientError

where = dict(region_name='us-west-2', aws_access_key_id='any', aws_secret_access_key='any',
             endpoint_url=os.environ['AWS_ENDPOINT_URL'])
ec2 = boto3.client('ec2', **where)
elbv2 = boto3.client('elbv2', **where)

vpc = ec2.describe_vpcs()['Vpcs'][0]['VpcId']
instance = ec2.run_instances(MinCount=1, MaxCount=1, PrivateIpAddress='127.0.0.1')['Instances'][0]['InstanceId']
balancer = elbv2.create_load_balancer(Name='edge', Subnets=['subnet-a', 'subnet-b'])['LoadBalancers'][0]
elbv2.get_waiter('load_balancer_available').wait(LoadBalancerArns=[balancer['LoadBalancerArn']])

group = elbv2.create_target_group(Name='web', Protocol='HTTP', Port=int(os.environ['TARGET_PORT']),
                                  VpcId=vpc)['TargetGroups'][0]['TargetGroupArn']
elbv2.register_targets(TargetGroupArn=group, Targets=[{'Id': instance}])
listener = elbv2.create_listener(LoadBalancerArn=balancer['LoadBalancerArn'], Protocol='HTTP', Port=80,
                                 DefaultActions=[{'Type': 'forward', 'TargetGroupArn': group}])['Listeners'][0]
elbv2.create_rule(ListenerArn=listener['ListenerArn'], Priority=1,
                  Conditions=[{'Field': 'path-pattern', 'Values': ['/nothing']}],
                  Actions=[{'Type': 'fixed-response', 'FixedResponseConfig': {'StatusCode': '404'}}])
elbv2.get_waiter('target_in_service').wait(TargetGroupArn=group, WaiterConfig={'Delay': 1})

try:
    elbv2.delete_target_group(TargetGroupArn=group)
except ClientError as error:
    refused = error.response['Error']['Code']
pages = elbv2.get_paginator('describe_rules').paginate(ListenerArn=listener['ListenerArn'], PaginationConfig={'PageSize': 1})
print(json.dumps({'dnsName': balancer['DNSName'], 'refused': refused,
                  'priorities': [rule['Priority'] for page in pages for rule in page['Rules']]}))
