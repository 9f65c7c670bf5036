{{/*
What becomes of TLS at a load balancer that the gateway's Service makes: nothing (it ends at the gateway), `plain` (it ends
at the load balancer, which goes on in plain HTTP), `again` (the load balancer encrypts anew).
*/}}
{{- define "istio-alb-ingress.endsTLS" -}}
{{- $maker := get .Values .Values.loadBalancer.type -}}
{{- if and $maker (get (default dict $maker) "certificateArns") -}}
{{- ternary "again" "plain" (eq .Values.gateway.backend "https") -}}
{{- end -}}
{{- end -}}

{{- define "istio-alb-ingress.speaksProxyProtocol" -}}
{{- if and (has .Values.loadBalancer.type (list "network" "classic")) (get (get .Values .Values.loadBalancer.type) "proxyProtocol") -}}yes{{- end -}}
{{- end -}}

{{/*
The gateway Service's spec but for its selector: a NodePort behind an Application Load Balancer or a TargetGroupBinding (a
ClusterIP where nobody needs node ports), else the Service that makes the load balancer.
*/}}
{{- define "istio-alb-ingress.serviceSpec" -}}
{{- $type := .Values.loadBalancer.type -}}
{{- if has $type (list "network" "classic") }}
type: LoadBalancer
{{- if and (eq $type "network") (eq .Values.network.controller "aws-load-balancer-controller") }}
# Named, so that neither the cluster's own controller nor a webhook's default takes it.
loadBalancerClass: service.k8s.aws/nlb
{{- end }}
{{- with get (get .Values $type) "sourceRanges" }}
loadBalancerSourceRanges:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if not .Values.gateway.service.nodePorts }}
allocateLoadBalancerNodePorts: false
{{- end }}
{{- else }}
type: {{ ternary "NodePort" "ClusterIP" .Values.gateway.service.nodePorts }}
{{- end }}
{{- /* The API server refuses it of a ClusterIP Service. */}}
{{- if or .Values.gateway.service.nodePorts (has $type (list "network" "classic")) }}
externalTrafficPolicy: {{ .Values.gateway.externalTrafficPolicy }}
{{- end }}
ports:
  {{- include "istio-alb-ingress.servicePorts" . | trim | nindent 2 }}
{{- end -}}

{{- define "istio-alb-ingress.serviceAnnotations" -}}
{{- $type := .Values.loadBalancer.type -}}
{{- if eq $type "application" -}}
{{- include "istio-alb-ingress.healthCheckAnnotations" . -}}
{{- else if eq $type "network" -}}
{{- include "istio-alb-ingress.networkAnnotations" . -}}
{{- else if eq $type "classic" -}}
{{- include "istio-alb-ingress.classicAnnotations" . -}}
{{- end -}}
{{- with .Values.gateway.service.annotations }}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{/* A mapping as AWS's annotations write it, `key=value,…`, with what separates escaped inside values. */}}
{{- define "istio-alb-ingress.pairs" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (printf "%s=%s" $key ($value | replace "\\" "\\\\" | replace "," "\\,")) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{/* Names of the host, for external-dns. */}}
{{- define "istio-alb-ingress.externalDNSAnnotations" -}}
{{- with .Values.externalDNS.hostnames }}
external-dns.alpha.kubernetes.io/hostname: {{ join "," . | quote }}
{{- end }}
{{- with .Values.externalDNS.ttlSeconds }}
external-dns.alpha.kubernetes.io/ttl: {{ int . | quote }}
{{- end }}
{{- end -}}

{{/*
A Network Load Balancer's annotations. The AWS Load Balancer Controller looks a named port up (buildTargetGroupHealthCheckPort
of pkg/service); the in-tree controller takes numbers only (buildNLBHealthCheckConfiguration), so it gets the node port.
*/}}
{{- define "istio-alb-ingress.networkAnnotations" -}}
{{- $network := .Values.network -}}
{{- $prefix := "service.beta.kubernetes.io/aws-load-balancer-" -}}
{{- $inTree := eq $network.controller "in-tree" -}}
{{- $targetGroup := $network.targetGroupAttributes -}}
{{- if $inTree }}
{{ $prefix }}type: nlb
{{ $prefix }}internal: {{ eq $network.scheme "internal" | quote }}
{{- if $network.crossZone }}
{{ $prefix }}cross-zone-load-balancing-enabled: "true"
{{- end }}
{{- if $network.proxyProtocol }}{{- $targetGroup = merge (dict "proxy_protocol_v2.enabled" "true") $targetGroup }}{{- end }}
{{- else }}
{{ $prefix }}type: external
{{ $prefix }}nlb-target-type: {{ $network.targetType }}
{{ $prefix }}scheme: {{ $network.scheme }}
{{- with $network.name }}
{{ $prefix }}name: {{ . | quote }}
{{- end }}
{{- $attributes := $network.attributes }}
{{- if $network.crossZone }}{{- $attributes = merge (dict "load_balancing.cross_zone.enabled" "true") $attributes }}{{- end }}
{{- with $attributes }}
{{ $prefix }}attributes: {{ include "istio-alb-ingress.pairs" . | quote }}
{{- end }}
{{- with $network.securityGroups }}
{{ $prefix }}security-groups: {{ join "," . | quote }}
{{- end }}
{{- if $network.proxyProtocol }}
{{ $prefix }}proxy-protocol: "*"
{{- end }}
{{- with $network.alpnPolicy }}
{{ $prefix }}alpn-policy: {{ . }}
{{- end }}
{{- end }}
{{- with $network.subnets }}
{{ $prefix }}subnets: {{ join "," . | quote }}
{{- end }}
{{- with $network.eipAllocations }}
{{ $prefix }}eip-allocations: {{ join "," . | quote }}
{{- end }}
{{- with $targetGroup }}
{{ $prefix }}target-group-attributes: {{ include "istio-alb-ingress.pairs" . | quote }}
{{- end }}
{{- with $network.tags }}
{{ $prefix }}additional-resource-tags: {{ include "istio-alb-ingress.pairs" . | quote }}
{{- end }}
{{- with $network.certificateArns }}
{{ $prefix }}ssl-cert: {{ join "," . | quote }}
{{ $prefix }}ssl-ports: https
{{- with $network.sslPolicy }}
{{ $prefix }}ssl-negotiation-policy: {{ . }}
{{- end }}
{{- end }}
{{- if eq (include "istio-alb-ingress.endsTLS" .) "again" }}
{{ $prefix }}backend-protocol: ssl
{{- end }}
{{ $prefix }}healthcheck-port: {{ ternary (int .Values.gateway.ports.status.nodePort | toString) "status-port" $inTree | quote }}
{{ $prefix }}healthcheck-protocol: HTTP
{{ $prefix }}healthcheck-path: {{ $network.healthCheck.path | quote }}
{{- include "istio-alb-ingress.timingAnnotations" $network.healthCheck }}
{{- include "istio-alb-ingress.externalDNSAnnotations" . }}
{{- with $network.annotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "istio-alb-ingress.timingAnnotations" -}}
{{- $prefix := "service.beta.kubernetes.io/aws-load-balancer-healthcheck-" }}
{{ $prefix }}interval: {{ int .intervalSeconds | quote }}
{{ $prefix }}timeout: {{ int .timeoutSeconds | quote }}
{{ $prefix }}healthy-threshold: {{ int .healthyThresholdCount | quote }}
{{ $prefix }}unhealthy-threshold: {{ int .unhealthyThresholdCount | quote }}
{{- end -}}

{{/*
A Classic Load Balancer's annotations: the in-tree controller checks the first port's node port by TCP (EnsureLoadBalancer),
which is the status port's. It drains connections as long as the gateway does.
*/}}
{{- define "istio-alb-ingress.classicAnnotations" -}}
{{- $classic := .Values.classic -}}
{{- $prefix := "service.beta.kubernetes.io/aws-load-balancer-" }}
{{ $prefix }}internal: {{ eq $classic.scheme "internal" | quote }}
{{- if $classic.crossZone }}
{{ $prefix }}cross-zone-load-balancing-enabled: "true"
{{- end }}
{{- if $classic.proxyProtocol }}
{{ $prefix }}proxy-protocol: "*"
{{- end }}
{{ $prefix }}connection-idle-timeout: {{ int $classic.idleTimeoutSeconds | quote }}
{{ $prefix }}connection-draining-enabled: "true"
{{ $prefix }}connection-draining-timeout: {{ include "istio-alb-ingress.drainSeconds" . | quote }}
{{- with $classic.tags }}
{{ $prefix }}additional-resource-tags: {{ include "istio-alb-ingress.pairs" . | quote }}
{{- end }}
{{- with $classic.certificateArns }}
{{ $prefix }}ssl-cert: {{ first . | quote }}
{{ $prefix }}ssl-ports: https
{{ $prefix }}backend-protocol: http
{{- with $classic.sslPolicy }}
{{ $prefix }}ssl-negotiation-policy: {{ . }}
{{- end }}
{{- end }}
{{- include "istio-alb-ingress.timingAnnotations" $classic.healthCheck }}
{{- include "istio-alb-ingress.externalDNSAnnotations" . }}
{{- with $classic.annotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}
