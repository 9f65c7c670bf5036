{{/*
The health check's annotations, for the Ingress and for the gateway's Service alike: on the Service they win (AWS Load Balancer
Controller: buildTargetGroupHealthCheckConfig), and leftovers there would otherwise win silently. The port is a name, which
the controller resolves to the node port or the pod's port. The protocol is plain HTTP even where the gateway gets TLS: it
would follow backend-protocol, and the status port speaks no TLS.
*/}}
{{- define "istio-alb-ingress.healthCheckAnnotations" -}}
{{- $check := .Values.ingress.healthCheck -}}
alb.ingress.kubernetes.io/healthcheck-port: {{ $check.port | quote }}
alb.ingress.kubernetes.io/healthcheck-protocol: HTTP
alb.ingress.kubernetes.io/healthcheck-path: {{ $check.path | quote }}
alb.ingress.kubernetes.io/healthcheck-interval-seconds: {{ int $check.intervalSeconds | quote }}
alb.ingress.kubernetes.io/healthcheck-timeout-seconds: {{ int $check.timeoutSeconds | quote }}
alb.ingress.kubernetes.io/healthy-threshold-count: {{ int $check.healthyThresholdCount | quote }}
alb.ingress.kubernetes.io/unhealthy-threshold-count: {{ int $check.unhealthyThresholdCount | quote }}
alb.ingress.kubernetes.io/success-codes: {{ $check.successCodes | quote }}
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

{{/* The value that sets each annotation: what `ingress.annotations` may not repeat, and where to set it instead. */}}
{{- define "istio-alb-ingress.annotationOwners" -}}
scheme: ingress.scheme
target-type: ingress.targetType
load-balancer-name: ingress.loadBalancerName
subnets: ingress.subnets
listen-ports: ingress.listeners
ssl-redirect: ingress.sslRedirect
certificate-arn: ingress.certificateArns
ssl-policy: ingress.sslPolicy
wafv2-acl-arn: ingress.wafv2AclArn
tags: ingress.tags
backend-protocol: gateway.backend
healthcheck-port: ingress.healthCheck.port
healthcheck-protocol: ingress.healthCheck.port
healthcheck-path: ingress.healthCheck.path
healthcheck-interval-seconds: ingress.healthCheck.intervalSeconds
healthcheck-timeout-seconds: ingress.healthCheck.timeoutSeconds
healthy-threshold-count: ingress.healthCheck.healthyThresholdCount
unhealthy-threshold-count: ingress.healthCheck.unhealthyThresholdCount
success-codes: ingress.healthCheck.successCodes
{{- end -}}

{{- define "istio-alb-ingress.ingressAnnotations" -}}
{{- $ingress := .Values.ingress -}}
alb.ingress.kubernetes.io/scheme: {{ $ingress.scheme }}
alb.ingress.kubernetes.io/target-type: {{ $ingress.targetType }}
alb.ingress.kubernetes.io/listen-ports: {{ include "istio-alb-ingress.listenPorts" . | squote }}
{{- if $ingress.sslRedirect }}
alb.ingress.kubernetes.io/ssl-redirect: {{ int $ingress.listeners.https.port | quote }}
{{- end }}
{{- with $ingress.loadBalancerName }}
alb.ingress.kubernetes.io/load-balancer-name: {{ . | quote }}
{{- end }}
{{- with $ingress.subnets }}
alb.ingress.kubernetes.io/subnets: {{ join "," . | quote }}
{{- end }}
{{- with $ingress.certificateArns }}
alb.ingress.kubernetes.io/certificate-arn: {{ join "," . | quote }}
{{- end }}
{{- with $ingress.sslPolicy }}
alb.ingress.kubernetes.io/ssl-policy: {{ . | quote }}
{{- end }}
{{- with $ingress.wafv2AclArn }}
alb.ingress.kubernetes.io/wafv2-acl-arn: {{ . | quote }}
{{- end }}
{{- with $ingress.tags }}
{{- $tags := list }}
{{- range $key, $value := . }}
{{- $tags = append $tags (printf "%s=%s" $key ($value | replace "\\" "\\\\" | replace "," "\\,")) }}
{{- end }}
alb.ingress.kubernetes.io/tags: {{ join "," $tags | quote }}
{{- end }}
{{- if eq .Values.gateway.backend "https" }}
alb.ingress.kubernetes.io/backend-protocol: HTTPS
{{- end }}
{{ include "istio-alb-ingress.healthCheckAnnotations" . }}
{{- with $ingress.annotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}
