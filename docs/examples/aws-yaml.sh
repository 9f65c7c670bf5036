#!/bin/sh
# Writes an aws.yaml of a real account to standard output: sh aws-yaml.sh CLUSTER [REGION]. It reads, and changes nothing.
set -eu

cluster=${1:?name the EKS cluster: sh aws-yaml.sh CLUSTER [REGION]}
region=${2:-$(aws configure get region)}

# Prints a table of the aws CLI, a row a line, its cells separated by tabs.
ask() {
  aws "$@" --region "$region" --output text
}

# Prints the rows of standard input below a key; nothing where there are none.
below() {
  rows=$(cat)
  if [ -n "$rows" ]; then
    printf '%s:\n%s\n' "$1" "$rows"
  fi
}

tab=$(printf '\t')
vpc=$(ask eks describe-cluster --name "$cluster" --query cluster.resourcesVpcConfig.vpcId)

printf 'clusterName: %s\nregion: %s\n' "$cluster" "$region"
printf "accountID: '%s'\n" "$(ask sts get-caller-identity --query Account)"
printf 'vpcID: %s\n' "$vpc"

ask ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" --query "Subnets[].[SubnetId, AvailabilityZone, \
CidrBlock, AvailableIpAddressCount, MapPublicIpOnLaunch, Tags[?Key=='kubernetes.io/role/elb'] | [0].Value, \
Tags[?Key=='kubernetes.io/role/internal-elb'] | [0].Value]" |
  while IFS="$tab" read -r id zone cidr free public elb internal; do
    printf '  - id: %s\n    zone: %s\n    cidr: %s\n    availableIPs: %s\n' "$id" "$zone" "$cidr" "$free"
    printf '    public: %s\n' "$(printf %s "$public" | tr TF tf)"
    if [ "$elb$internal" != NoneNone ]; then
      printf '    tags:\n'
      [ "$elb" = None ] || printf "      kubernetes.io/role/elb: '%s'\n" "$elb"
      [ "$internal" = None ] || printf "      kubernetes.io/role/internal-elb: '%s'\n" "$internal"
    fi
  done | below subnets

ask acm list-certificates --query 'CertificateSummaryList[].[CertificateArn]' |
  while read -r arn; do
    domains=$(ask acm describe-certificate --certificate-arn "$arn" --query Certificate.SubjectAlternativeNames)
    status=$(ask acm describe-certificate --certificate-arn "$arn" --query Certificate.Status)
    printf '  - arn: %s\n    status: %s\n    domains:\n' "$arn" "$status"
    printf '%s\n' "$domains" | tr '\t' '\n' | sed "s/.*/      - '&'/"
  done | below certificates

ask wafv2 list-web-acls --scope REGIONAL --query 'WebACLs[].[Name, ARN]' |
  while IFS="$tab" read -r name arn; do
    printf '  - name: %s\n    arn: %s\n' "$name" "$arn"
  done | below webACLs

ask elbv2 describe-trust-stores --query 'TrustStores[].[Name, TrustStoreArn]' |
  while IFS="$tab" read -r name arn; do
    printf '  - name: %s\n    arn: %s\n' "$name" "$arn"
  done | below trustStores
