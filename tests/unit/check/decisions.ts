/**
 * The rules whose findings, or some of them, no edit mends: why the remedy is somebody's decision. Every other finding carries an
 * edit, which advice.test.ts tries.
 */
export const decisions: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'which of the two values was meant, only the owner knows',
  API_REMOVED: "the kinds of Istio's past have no successor that says the same",
  API_SERVER_REFUSES:
    'a name, a host or a port that is missing, or is used twice, has to be chosen; misspelt keys and values that one thing can mean are edited',
  ISTIO_OPERATOR_IS_A_FILE: 'it needs a file of its own, whose name and place are to be chosen',
  ISTIO_OPERATOR_REFUSED: 'a key that is near to none may belong in another place of the operator',
  NODE_PORT_TWICE: 'where a health check asks for the number, one of the two Services has to give it up',
  INGRESS_NOT_LOADED: 'which class or group the Ingress is to have, where its own is near to none',
  MODEL_NOT_BUILT: "the controller's words say what is wrong with a value, not which one was meant",
  STATUS_PORT_MISSING: "where the Ingress's health check asks elsewhere, Ingress and Service have to change together",
  BACKEND_SERVICE_NOT_THERE:
    'an Ingress that moves to another namespace takes its name, its other backends and its Secrets along',
  SERVICE_WITHOUT_NODE_PORT:
    'a Service without an address of its own cannot have a node port: which other one to send to',
  PROTOCOL_VERSION_NEEDS_HTTPS_LISTENER: 'without an HTTPS listener it needs a certificate, which only the owner has',
  TRAFFIC_POLICY_LOCAL: 'nodes without a pod are unhealthy by design, which alarms may allow for',
  STICKINESS_ENDS_AT_THE_NODE: 'targets of type ip need pods with addresses of the VPC',
  NETWORK_POLICY_KEEPS_OUT: "the address ranges of the load balancer's subnets are known to the account alone",
  TARGET_GROUP_BINDING_WITHOUT_TARGETS: 'which Service or port was meant, where none is near',
  ACTION_MISSING: 'what the action is to do',
  ACTION_UNUSED: 'whether the path that would refer to it is missing, or it is left over',
  ANNOTATION_UNKNOWN: 'a name that is near to none, or one of a family, may have been meant for something else',
  ANNOTATION_KEY_UNKNOWN: 'a member that is near to none may have to be said with several others',
  ANNOTATION_MISPLACED: 'it takes effect for the first time where it is moved to, perhaps on several Ingresses',
  ANNOTATION_LEGACY: 'what took the place of WAF Classic and of ports has values of another kind',
  ANNOTATION_VALUE_REFUSED: 'which of the values that AWS takes was meant; what is near to one is edited',
  SERVICE_ANNOTATION_OVERRIDES: 'which of the two values was meant',
  AUTO_MODE_IGNORES_ANNOTATION: 'what stands in its place counts for every Ingress of the class',
  INGRESS_NOT_TAKEN: 'the controller in the cluster has to be looked at; no file is wrong',
  INBOUND_CIDRS_IGNORED: 'whether the security groups let the address ranges in already, the account alone knows',
  LISTENER_WITHOUT_CERTIFICATE: 'the ARN of a certificate, or the host that it is for, only the owner has',
  ARN_OF_ANOTHER_REGION: 'the ARN of what is in the right region, only the owner has',
  RULE_TAKEN_BY_REDIRECT: 'which requests the redirect was meant for',
  RULE_SHADOWED: 'which of the two rules is to have the requests',
  RULE_CONDITION_REFUSED: 'which hosts or paths the rule was meant for',
  LIMIT_EXCEEDED: 'what can be left out, or split into rules and load balancers of its own',
  GATEWAY_HOSTS_NEED_SNI:
    'of several Gateways one has to serve for all, and the VirtualServices of the others follow it',
  GATEWAY_CREDENTIAL_MISSING: 'the certificate, and the Secret that holds it, only the owner has',
  GATEWAY_WANTS_CLIENT_CERTIFICATE: 'a server without a certificate of its own would need one',
  GATEWAY_SELECTS_NO_PODS: 'of labels other than istio, which of the pods have to be chosen',
  GATEWAY_SERVER_LEFT_OUT: 'which of the two Gateways gives up its server, and with it its routes',
  VIRTUAL_SERVICE_HOST_NOT_SERVED: 'whether the Gateway lacks the host, or the VirtualService names the wrong one',
  ROUTE_TIMEOUT_ABOVE_IDLE_TIMEOUT: 'whether the load balancer waits longer, or the route gives up sooner',
  GATEWAY_WITHOUT_SPARE: 'how many pods the gateway is to have, and what may be taken away of them',
  VIRTUAL_SERVICE_WITHOUT_GATEWAY: 'which Gateway was meant, where none is near',
  ISTIO_OBJECT_REFUSED: 'what was meant by a route or a policy that Istio refuses',
  PROXY_CONFIG_REFUSED: 'what was meant by a text that is no mapping',
  PROXY_CONFIG_KEY_UNKNOWN: 'a member of the topology that is near to none may mean any of them',
  PROXY_CONFIG_MISPLACED: 'on a Service it may be meant for more than one workload, in other files',
  POLICY_SEES_LOAD_BALANCER:
    'the gateway has to trust its load balancer first, in another object, or the addresses are those that clients write',
  GATEWAY_FILTER_NOT_EVALUATED: 'nothing is wrong: it says what was not looked at',
  HEALTH_CHECK_FAILS:
    'what an application answers its health check with, only its owner knows; that of a gateway is edited',
  TARGET_GIVES_NO_ANSWER: 'whether the port or the Gateway behind it is the wrong one',
  TARGET_GROUP_EMPTY: 'whether the Service, its pods or the nodes are the wrong ones',
  PROTOCOL_VERSION_UNFIT: 'what clients speak',
  GATEWAY_HAS_NO_HOST: 'whether the VirtualService is missing, or the host of the Ingress is left over',
  REDIRECT_LOOP: 'which of the two places is to redirect',
  REDIRECT_LEADS_NOWHERE: 'which port the redirect was meant to lead to'
}
