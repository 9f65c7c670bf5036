{{/*
Refuses values that contradict each other. It says again what the schema says of the wiring, so that it holds where the schema
is skipped, and what a schema cannot say: numbers that must differ, sums, prefixes. Every template includes it first, because
Helm renders in an order of its own, and a template that stumbles over a missing value would speak before the guard.
*/}}
{{- define "istio-alb-ingress.guard" -}}
{{- $refusals := "" }}
{{- $gateway := default dict .Values.gateway }}
{{- $ingress := default dict .Values.ingress }}

{{- /* What templates dereference must be there: a null in values takes a default away. */}}
{{- $missing := "" }}
{{- range $key, $value := dict
  "gateway.ports" $gateway.ports
  "gateway.drain" $gateway.drain
  "gateway.istioOperator" $gateway.istioOperator
  "ingress.listeners" $ingress.listeners
  "ingress.healthCheck" $ingress.healthCheck
}}
{{- if not (kindIs "map" $value) }}
{{- $missing = print $missing (include "istio-alb-ingress.refusal" (dict "code" "VALUE_MISSING" "key" $key "wrong" "is not there" "set" "leave the default or set a mapping")) }}
{{- end }}
{{- end }}
{{- range $name := list "status" "http2" "https" }}
{{- if not (kindIs "map" (get (default dict $gateway.ports) $name)) }}
{{- $missing = print $missing (include "istio-alb-ingress.refusal" (dict "code" "VALUE_MISSING" "key" (printf "gateway.ports.%s" $name) "wrong" "is not there" "set" "set its port, targetPort and nodePort")) }}
{{- end }}
{{- end }}
{{- range $name := list "http" "https" }}
{{- if not (kindIs "map" (get (default dict $ingress.listeners) $name)) }}
{{- $missing = print $missing (include "istio-alb-ingress.refusal" (dict "code" "VALUE_MISSING" "key" (printf "ingress.listeners.%s" $name) "wrong" "is not there" "set" "set enabled and port; to have none, set enabled: false")) }}
{{- end }}
{{- end }}
{{- if $missing }}
{{- fail (print "\n" $missing) }}
{{- end }}

{{- /* Ports: each in range, no number twice. */}}
{{- $ports := list }}
{{- $nodePorts := list }}
{{- range $name := list "status" "http2" "https" }}
{{- $port := get $gateway.ports $name }}
{{- $key := printf "gateway.ports.%s" $name }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardInteger" (dict "key" (printf "%s.port" $key) "value" $port.port "from" 1 "to" 65535)) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardInteger" (dict "key" (printf "%s.targetPort" $key) "value" $port.targetPort "from" 1024 "to" 65535)) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardInteger" (dict "key" (printf "%s.nodePort" $key) "value" $port.nodePort "from" 30000 "to" 32767)) }}
{{- $ports = append $ports (dict "key" (printf "%s.port" $key) "value" $port.port) }}
{{- $nodePorts = append $nodePorts (dict "key" (printf "%s.nodePort" $key) "value" $port.nodePort) }}
{{- end }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardDistinct" (dict "code" "PORT_TWICE" "entries" $ports)) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardDistinct" (dict "code" "NODE_PORT_TWICE" "entries" $nodePorts)) }}

{{- /* The gateway. */}}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "gateway.provider" "value" $gateway.provider "allowed" (list "istio-operator" "existing"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "gateway.backend" "value" $gateway.backend "allowed" (list "http2" "https"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "gateway.externalTrafficPolicy" "value" $gateway.externalTrafficPolicy "allowed" (list "Cluster" "Local"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "gateway.istioOperator.render" "value" $gateway.istioOperator.render "allowed" (list "auto" "resource" "configMap"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardPattern" (dict "key" "gateway.name" "value" $gateway.name "pattern" "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" "longest" 63 "expected" "a name of small letters, digits and hyphens, at most 63")) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardInteger" (dict "key" "gateway.trustedProxies" "value" $gateway.trustedProxies "from" 0 "to" 32)) }}
{{- if eq (toString $gateway.istioOperator.hub) "gcr.io/istio-release" }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "HUB_ABANDONED" "key" "gateway.istioOperator.hub" "wrong" "is gcr.io/istio-release, which receives no Istio from 1.31 on" "set" "set docker.io/istio")) }}
{{- end }}

{{- /* Listeners: one at least, distinct ports, a certificate where there is TLS, a redirect only to where there is TLS. */}}
{{- $http := $ingress.listeners.http }}
{{- $https := $ingress.listeners.https }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardInteger" (dict "key" "ingress.listeners.http.port" "value" $http.port "from" 1 "to" 65535)) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardInteger" (dict "key" "ingress.listeners.https.port" "value" $https.port "from" 1 "to" 65535)) }}
{{- if not (or $http.enabled $https.enabled) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "LISTENER_MISSING" "key" "ingress.listeners" "wrong" "neither http nor https is enabled" "set" "set ingress.listeners.http.enabled or ingress.listeners.https.enabled to true")) }}
{{- end }}
{{- if and $http.enabled $https.enabled }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardDistinct" (dict "code" "LISTEN_PORT_TWICE" "entries" (list (dict "key" "ingress.listeners.http.port" "value" $http.port) (dict "key" "ingress.listeners.https.port" "value" $https.port)))) }}
{{- end }}
{{- if and $https.enabled (not $ingress.certificateArns) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "CERTIFICATE_MISSING" "key" "ingress.certificateArns" "wrong" "is empty although ingress.listeners.https.enabled is true" "set" "set the ARN of a certificate")) }}
{{- end }}
{{- if and $ingress.sslRedirect (not (and $http.enabled $https.enabled)) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "REDIRECT_WITHOUT_LISTENER" "key" "ingress.sslRedirect" "wrong" "is true, but a redirect needs an HTTP listener to answer and an HTTPS listener to lead to" "set" "set ingress.listeners.http.enabled and ingress.listeners.https.enabled to true, or ingress.sslRedirect to false")) }}
{{- end }}

{{- /* The load balancer. */}}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "ingress.scheme" "value" $ingress.scheme "allowed" (list "internal" "internet-facing"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "ingress.targetType" "value" $ingress.targetType "allowed" (list "instance" "ip"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardPattern" (dict "key" "ingress.loadBalancerName" "value" $ingress.loadBalancerName "pattern" "^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$" "longest" 32 "expected" "at most 32 letters, digits and hyphens, no hyphen first or last")) }}
{{- if hasPrefix "internal-" (toString (default "" $ingress.loadBalancerName)) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "NAME_RESERVED" "key" "ingress.loadBalancerName" "wrong" (printf "is %q, and AWS keeps the prefix internal- to itself" $ingress.loadBalancerName) "set" "set another name")) }}
{{- end }}
{{- if eq (len (default list $ingress.subnets)) 1 }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "SUBNETS_TOO_FEW" "key" "ingress.subnets" "wrong" "has one subnet, and a load balancer needs two zones" "set" "set two or more, or none to have them discovered")) }}
{{- end }}
{{- range $index, $arn := default list $ingress.certificateArns }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardPattern" (dict "key" (printf "ingress.certificateArns[%d]" $index) "value" $arn "pattern" "^arn:aws[a-z-]*:(acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+|iam::[0-9]{12}:server-certificate/[A-Za-z0-9_+=,.@/-]+)$" "longest" 2048 "expected" "the ARN of an ACM or IAM certificate")) }}
{{- end }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardPattern" (dict "key" "ingress.wafv2AclArn" "value" $ingress.wafv2AclArn "pattern" "^(none|arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+)?$" "longest" 2048 "expected" "the ARN of a regional WAFv2 web ACL, or none")) }}

{{- /* The health check. */}}
{{- $check := $ingress.healthCheck }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardOneOf" (dict "key" "ingress.healthCheck.port" "value" $check.port "allowed" (list "status-port" "http2"))) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardPattern" (dict "key" "ingress.healthCheck.path" "value" $check.path "pattern" "^/[!-~]*$" "longest" 1024 "expected" "a path that starts with /")) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.guardPattern" (dict "key" "ingress.healthCheck.successCodes" "value" $check.successCodes "pattern" "^[2-4][0-9]{2}(-[2-4][0-9]{2})?(,[2-4][0-9]{2}(-[2-4][0-9]{2})?)*$" "longest" 256 "expected" "codes from 200 to 499, such as \"200\" or \"200-299\"")) }}
{{- $seconds := print
  (include "istio-alb-ingress.guardInteger" (dict "key" "ingress.healthCheck.intervalSeconds" "value" $check.intervalSeconds "from" 5 "to" 300))
  (include "istio-alb-ingress.guardInteger" (dict "key" "ingress.healthCheck.timeoutSeconds" "value" $check.timeoutSeconds "from" 2 "to" 120))
  (include "istio-alb-ingress.guardInteger" (dict "key" "ingress.healthCheck.healthyThresholdCount" "value" $check.healthyThresholdCount "from" 2 "to" 10))
  (include "istio-alb-ingress.guardInteger" (dict "key" "ingress.healthCheck.unhealthyThresholdCount" "value" $check.unhealthyThresholdCount "from" 2 "to" 10))
  (include "istio-alb-ingress.guardInteger" (dict "key" "gateway.drain.seconds" "value" $gateway.drain.seconds "from" 0 "to" 3600))
}}
{{- $refusals = print $refusals $seconds }}
{{- if not $seconds }}
{{- if ge (int $check.timeoutSeconds) (int $check.intervalSeconds) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "TIMEOUT_NOT_BELOW_INTERVAL" "key" "ingress.healthCheck.timeoutSeconds" "wrong" (printf "is %d, and ingress.healthCheck.intervalSeconds is %d" (int $check.timeoutSeconds) (int $check.intervalSeconds)) "set" "set less than the interval")) }}
{{- end }}
{{- $shortest := include "istio-alb-ingress.shortestDrainSeconds" . | int }}
{{- $drain := int $gateway.drain.seconds }}
{{- if and (gt $drain 0) (lt $drain $shortest) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "DRAIN_TOO_SHORT" "key" "gateway.drain.seconds" "wrong" (printf "is %d, but the health check of ingress.healthCheck needs %d to see a pod go" $drain $shortest) "set" (printf "set %d or more, or 0 to have it derived" $shortest))) }}
{{- end }}
{{- end }}

{{- /* Annotations that a value sets. */}}
{{- $owners := include "istio-alb-ingress.annotationOwners" . | fromYaml }}
{{- range $annotation, $_ := default dict $ingress.annotations }}
{{- with get $owners (trimPrefix "alb.ingress.kubernetes.io/" $annotation) }}
{{- $refusals = print $refusals (include "istio-alb-ingress.refusal" (dict "code" "ANNOTATION_OWNED" "key" "ingress.annotations" "wrong" (printf "has %s, which %s sets" $annotation .) "set" (printf "set %s" .))) }}
{{- end }}
{{- end }}

{{- if $refusals }}
{{- fail (print "\n" $refusals) }}
{{- end }}
{{- end -}}
