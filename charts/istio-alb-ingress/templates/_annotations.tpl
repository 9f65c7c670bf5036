{{/*
The health check's annotations, for the Ingress and for the gateway's Service alike: on the Service they win (AWS Load Balancer
Controller: buildTargetGroupHealthCheckConfig), and leftovers there would otherwise win silently. The port is a name, which
the controller resolves to the node port or the pod's port. The protocol is plain HTTP even where the gateway gets TLS: it
would follow backend-protocol, and the status port speaks no TLS. A gRPC target group is checked by gRPC: the agent answers
an unknown method with code 12, which is what AWS's own default path counts on.
*/}}
{{- define "istio-alb-ingress.healthCheckAnnotations" -}}
{{- $check := .Values.ingress.healthCheck -}}
{{- $asked := ternary $check.grpc $check (eq .Values.ingress.backendProtocolVersion "GRPC") -}}
alb.ingress.kubernetes.io/healthcheck-port: {{ $check.port | quote }}
alb.ingress.kubernetes.io/healthcheck-protocol: HTTP
alb.ingress.kubernetes.io/healthcheck-path: {{ $asked.path | quote }}
alb.ingress.kubernetes.io/healthcheck-interval-seconds: {{ int $check.intervalSeconds | quote }}
alb.ingress.kubernetes.io/healthcheck-timeout-seconds: {{ int $check.timeoutSeconds | quote }}
alb.ingress.kubernetes.io/healthy-threshold-count: {{ int $check.healthyThresholdCount | quote }}
alb.ingress.kubernetes.io/unhealthy-threshold-count: {{ int $check.unhealthyThresholdCount | quote }}
alb.ingress.kubernetes.io/success-codes: {{ $asked.successCodes | quote }}
{{- end -}}

{{/* The listen ports as the controller's JSON: `[{"HTTP":80},{"HTTPS":443}]`. */}}
{{- define "istio-alb-ingress.listenPorts" -}}
{{- $listenPorts := list -}}
{{- with .Values.ingress.listeners -}}
{{- if .http.enabled -}}{{- $listenPorts = append $listenPorts (dict "HTTP" (int .http.port)) -}}{{- end -}}
{{- if .https.enabled -}}{{- $listenPorts = append $listenPorts (dict "HTTPS" (int .https.port)) -}}{{- end -}}
{{- end -}}
{{- toJson $listenPorts -}}
{{- end -}}

{{/*
The value that sets each annotation: what the free maps `ingress.annotations`, `network.annotations` and `classic.annotations`
may not repeat, and where to set it instead.
*/}}
{{- define "istio-alb-ingress.annotationOwners" -}}
ingress:
{{- range .Values.ingress.routes }}
  alb.ingress.kubernetes.io/actions.{{ .name }}: ingress.routes
  alb.ingress.kubernetes.io/conditions.{{ .name }}: ingress.routes
{{- end }}
{{- range $annotation, $owner := dict
  "scheme" "scheme"
  "target-type" "targetType"
  "load-balancer-name" "loadBalancerName"
  "subnets" "subnets"
  "listen-ports" "listeners"
  "ssl-redirect" "sslRedirect"
  "certificate-arn" "certificateArns"
  "ssl-policy" "sslPolicy"
  "wafv2-acl-arn" "wafv2AclArn"
  "tags" "tags"
  "healthcheck-port" "healthCheck.port"
  "healthcheck-protocol" "healthCheck.port"
  "healthcheck-path" "healthCheck.path"
  "healthcheck-interval-seconds" "healthCheck.intervalSeconds"
  "healthcheck-timeout-seconds" "healthCheck.timeoutSeconds"
  "healthy-threshold-count" "healthCheck.healthyThresholdCount"
  "unhealthy-threshold-count" "healthCheck.unhealthyThresholdCount"
  "success-codes" "healthCheck.successCodes"
}}
  alb.ingress.kubernetes.io/{{ $annotation }}: ingress.{{ $owner }}
{{- end }}
  alb.ingress.kubernetes.io/backend-protocol: gateway.backend
  kubernetes.io/ingress.class: ingress.className
{{- $shared := dict
  "type" "scheme"
  "internal" "scheme"
  "proxy-protocol" "proxyProtocol"
  "cross-zone-load-balancing-enabled" "crossZone"
  "additional-resource-tags" "tags"
  "backend-protocol" "certificateArns"
  "ssl-cert" "certificateArns"
  "ssl-ports" "certificateArns"
  "ssl-negotiation-policy" "sslPolicy"
  "healthcheck-interval" "healthCheck.intervalSeconds"
  "healthcheck-timeout" "healthCheck.timeoutSeconds"
  "healthcheck-healthy-threshold" "healthCheck.healthyThresholdCount"
  "healthcheck-unhealthy-threshold" "healthCheck.unhealthyThresholdCount"
}}
{{- $network := dict
  "nlb-target-type" "targetType"
  "scheme" "scheme"
  "name" "name"
  "attributes" "attributes"
  "security-groups" "securityGroups"
  "alpn-policy" "alpnPolicy"
  "subnets" "subnets"
  "eip-allocations" "eipAllocations"
  "target-group-attributes" "targetGroupAttributes"
  "healthcheck-port" "healthCheck"
  "healthcheck-protocol" "healthCheck"
  "healthcheck-path" "healthCheck.path"
}}
{{- $classic := dict
  "connection-idle-timeout" "idleTimeoutSeconds"
  "connection-draining-enabled" "healthCheck"
  "connection-draining-timeout" "healthCheck"
}}
{{- range $place, $owners := dict "network" (merge $network $shared) "classic" (merge $classic $shared) }}
{{ $place }}:
{{- range $annotation, $owner := $owners }}
  service.beta.kubernetes.io/aws-load-balancer-{{ $annotation }}: {{ $place }}.{{ $owner }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Annotations of the Ingress that belong to a value once it is set; until then the free map may have them. */}}
{{- define "istio-alb-ingress.annotationOwnersOnceSet" -}}
{{- range $annotation, $owner := dict
  "ip-address-type" "ipAddressType"
  "security-groups" "securityGroups"
  "manage-backend-security-group-rules" "manageBackendSecurityGroupRules"
  "inbound-cidrs" "inboundCidrs"
  "security-group-prefix-lists" "prefixLists"
  "group.name" "group.name"
  "group.order" "group.name"
  "mutual-authentication" "mutualAuthentication.mode"
  "wafv2-acl-name" "wafv2AclName"
  "shield-advanced-protection" "shieldAdvancedProtection"
  "load-balancer-attributes" "loadBalancerAttributes accessLogs.bucket"
  "target-group-attributes" "targetGroupAttributes"
  "minimum-load-balancer-capacity" "minimumCapacityUnits"
  "backend-protocol-version" "backendProtocolVersion"
  "auth-type" "authentication.type"
  "auth-idp-oidc" "authentication.type"
  "auth-idp-cognito" "authentication.type"
  "auth-on-unauthenticated-request" "authentication.type"
  "auth-scope" "authentication.type"
  "auth-session-cookie" "authentication.type"
  "auth-session-timeout" "authentication.type"
}}
alb.ingress.kubernetes.io/{{ $annotation }}: {{ $owner }}
{{- end }}
{{- end -}}

{{/* The free map's annotations that contradict a value, as refusals. */}}
{{- define "istio-alb-ingress.ownedAnnotations" -}}
{{- $edge := . -}}
{{- $owners := include "istio-alb-ingress.annotationOwners" . | fromYaml -}}
{{- $onceSet := include "istio-alb-ingress.annotationOwnersOnceSet" . | fromYaml -}}
{{- range $place := list "ingress" "network" "classic" -}}
{{- $values := get $edge.Values $place -}}
{{- range $annotation, $_ := $values.annotations -}}
{{- $owner := get (get $owners $place) $annotation -}}
{{- if eq $place "ingress" -}}
{{- range splitList " " (get $onceSet $annotation | default "") -}}
{{- $keys := splitList "." . -}}
{{- if and . (include "istio-alb-ingress.isSet" (ternary (get $values .) (get (get $values (first $keys) | default dict) (last $keys)) (eq (len $keys) 1))) -}}{{- $owner = print "ingress." . -}}{{- end -}}
{{- end -}}
{{- range $protocol := list "http" "https" -}}
{{- $name := printf "alb.ingress.kubernetes.io/listener-attributes.%s-%d" (upper $protocol) (int (get (get $values.listeners $protocol) "port")) -}}
{{- if and (eq $name $annotation) (get $values.listenerAttributes $protocol) -}}{{- $owner = print "ingress.listenerAttributes." $protocol -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq $annotation "external-dns.alpha.kubernetes.io/hostname") $edge.Values.externalDNS.hostnames -}}{{- $owner = "externalDNS.hostnames" -}}{{- end -}}
{{- if and (eq $annotation "external-dns.alpha.kubernetes.io/ttl") $edge.Values.externalDNS.ttlSeconds -}}{{- $owner = "externalDNS.ttlSeconds" -}}{{- end -}}
{{- with $owner -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ANNOTATION_OWNED" "key" (printf "%s%s.annotations" $edge.prefix $place) "wrong" (printf "has %s, which %s sets" $annotation .) "set" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether a value says anything: not empty, and none of the words that stand for nothing. */}}
{{- define "istio-alb-ingress.isSet" -}}
{{- if . -}}{{- if not (has (toString .) (list "unmanaged" "off" "none" "HTTP1")) -}}yes{{- end -}}{{- end -}}
{{- end -}}

{{/* Attributes that a value of their own sets: the map that may not have them, and the value. */}}
{{- define "istio-alb-ingress.attributeOwners" -}}
access_logs.s3.enabled: ingress.loadBalancerAttributes ingress.accessLogs.bucket
access_logs.s3.bucket: ingress.loadBalancerAttributes ingress.accessLogs.bucket
access_logs.s3.prefix: ingress.loadBalancerAttributes ingress.accessLogs.prefix
load_balancing.cross_zone.enabled: network.attributes network.crossZone
{{- end -}}

{{/* Attributes of an Application Load Balancer, access logs among them, as JSON. */}}
{{- define "istio-alb-ingress.allLoadBalancerAttributes" -}}
{{- $attributes := deepCopy .Values.ingress.loadBalancerAttributes -}}
{{- with .Values.ingress.accessLogs -}}
{{- if .bucket -}}
{{- $attributes = merge $attributes (dict "access_logs.s3.enabled" "true" "access_logs.s3.bucket" .bucket) -}}
{{- with .prefix -}}{{- $_ := set $attributes "access_logs.s3.prefix" . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $attributes -}}
{{- end -}}

{{- define "istio-alb-ingress.ingressAnnotations" -}}
{{- $ingress := .Values.ingress -}}
alb.ingress.kubernetes.io/scheme: {{ $ingress.scheme }}
alb.ingress.kubernetes.io/target-type: {{ $ingress.targetType }}
alb.ingress.kubernetes.io/listen-ports: {{ include "istio-alb-ingress.listenPorts" . | squote }}
{{- if $ingress.sslRedirect }}
alb.ingress.kubernetes.io/ssl-redirect: {{ int $ingress.listeners.https.port | quote }}
{{- end }}
{{- /* Annotations that repeat a value as it is. */}}
{{- range $annotation, $value := dict
  "load-balancer-name" $ingress.loadBalancerName
  "ip-address-type" $ingress.ipAddressType
  "subnets" (join "," $ingress.subnets)
  "security-groups" (join "," $ingress.securityGroups)
  "inbound-cidrs" (join "," $ingress.inboundCidrs)
  "security-group-prefix-lists" (join "," $ingress.prefixLists)
  "group.name" $ingress.group.name
  "wafv2-acl-arn" $ingress.wafv2AclArn
  "wafv2-acl-name" $ingress.wafv2AclName
  "load-balancer-attributes" (include "istio-alb-ingress.allLoadBalancerAttributes" . | fromJson | include "istio-alb-ingress.pairs")
  "target-group-attributes" (include "istio-alb-ingress.pairs" $ingress.targetGroupAttributes)
  "tags" (include "istio-alb-ingress.pairs" $ingress.tags)
}}
{{- with $value }}
alb.ingress.kubernetes.io/{{ $annotation }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- if $ingress.manageBackendSecurityGroupRules }}
alb.ingress.kubernetes.io/manage-backend-security-group-rules: "true"
{{- end }}
{{- if and $ingress.group.name $ingress.group.order }}
alb.ingress.kubernetes.io/group.order: {{ int $ingress.group.order | quote }}
{{- end }}
{{- if ne $ingress.shieldAdvancedProtection "unmanaged" }}
alb.ingress.kubernetes.io/shield-advanced-protection: {{ eq $ingress.shieldAdvancedProtection "enabled" | quote }}
{{- end }}
{{- with $ingress.minimumCapacityUnits }}
alb.ingress.kubernetes.io/minimum-load-balancer-capacity: CapacityUnits={{ int . }}
{{- end }}
{{- range $protocol, $listener := $ingress.listeners }}
{{- with get $ingress.listenerAttributes $protocol }}
{{- if $listener.enabled }}
alb.ingress.kubernetes.io/listener-attributes.{{ upper $protocol }}-{{ int $listener.port }}: {{ include "istio-alb-ingress.pairs" . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if $ingress.listeners.https.enabled }}
{{- /* Without one the controller looks for certificates that fit the hosts. */}}
{{- with $ingress.certificateArns }}
alb.ingress.kubernetes.io/certificate-arn: {{ join "," . | quote }}
{{- end }}
{{- with $ingress.sslPolicy }}
alb.ingress.kubernetes.io/ssl-policy: {{ . | quote }}
{{- end }}
{{- with $ingress.mutualAuthentication }}
{{- if ne .mode "off" }}
{{- $mutual := dict "port" (int $ingress.listeners.https.port) "mode" .mode }}
{{- if eq .mode "verify" }}{{- $_ := set $mutual "trustStore" .trustStore }}{{- end }}
alb.ingress.kubernetes.io/mutual-authentication: {{ list $mutual | toJson | quote }}
{{- end }}
{{- end }}
{{- include "istio-alb-ingress.authenticationAnnotations" $ingress.authentication }}
{{- end }}
{{- if eq .Values.gateway.backend "https" }}
alb.ingress.kubernetes.io/backend-protocol: HTTPS
{{- end }}
{{- if ne $ingress.backendProtocolVersion "HTTP1" }}
alb.ingress.kubernetes.io/backend-protocol-version: {{ $ingress.backendProtocolVersion }}
{{- end }}
{{ include "istio-alb-ingress.healthCheckAnnotations" . }}
{{- include "istio-alb-ingress.externalDNSAnnotations" . }}
{{- include "istio-alb-ingress.routeAnnotations" . }}
{{- with $ingress.annotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "istio-alb-ingress.authenticationAnnotations" -}}
{{- if ne .type "none" }}
alb.ingress.kubernetes.io/auth-type: {{ .type }}
alb.ingress.kubernetes.io/auth-on-unauthenticated-request: {{ .onUnauthenticatedRequest }}
alb.ingress.kubernetes.io/auth-scope: {{ .scope | quote }}
alb.ingress.kubernetes.io/auth-session-timeout: {{ int .sessionTimeoutSeconds | quote }}
{{- with .sessionCookie }}
alb.ingress.kubernetes.io/auth-session-cookie: {{ . | quote }}
{{- end }}
{{- if eq .type "oidc" }}
alb.ingress.kubernetes.io/auth-idp-oidc: {{ .oidc | toJson | quote }}
{{- else }}
alb.ingress.kubernetes.io/auth-idp-cognito: {{ dict "userPoolARN" .cognito.userPoolArn "userPoolClientID" .cognito.userPoolClientId "userPoolDomain" .cognito.userPoolDomain | toJson | quote }}
{{- end }}
{{- end }}
{{- end -}}
