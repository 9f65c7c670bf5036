{{/*
The edge as a Gateway of the AWS Load Balancer Controller: `loadBalancer.api: gateway`. The objects are made of the same values
as the Ingress, and come to the same load balancer but for what docs/gateway-api.md names.
*/}}
{{- define "istio-alb-ingress.isGateway" -}}
{{- if and (eq .Values.loadBalancer.type "application") (eq .Values.loadBalancer.api "gateway") -}}yes{{- end -}}
{{- end -}}

{{/* A mapping as a list of `key` and `value`, as JSON. */}}
{{- define "istio-alb-ingress.keyValues" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}{{- $pairs = append $pairs (dict "key" $key "value" $value) -}}{{- end -}}
{{- toJson $pairs -}}
{{- end -}}

{{/* The spec of the LoadBalancerConfiguration. */}}
{{- define "istio-alb-ingress.loadBalancerConfiguration" -}}
{{- $ingress := .Values.ingress -}}
scheme: {{ $ingress.scheme }}
defaultTargetGroupConfiguration:
  name: {{ include "istio-alb-ingress.ingressName" . | toYaml }}
{{- range $field, $value := dict
  "loadBalancerName" $ingress.loadBalancerName
  "ipAddressType" $ingress.ipAddressType
  "securityGroups" $ingress.securityGroups
  "sourceRanges" $ingress.inboundCidrs
  "securityGroupPrefixes" $ingress.prefixLists
  "loadBalancerAttributes" (include "istio-alb-ingress.allLoadBalancerAttributes" . | fromJson | include "istio-alb-ingress.keyValues" | fromJsonArray)
  "tags" $ingress.tags
}}
{{- with $value }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- if and $ingress.prefixLists (not $ingress.inboundCidrs) }}
# Prefix lists add to the ranges here, and the default range is everything.
sourceRanges: []
{{- end }}
{{- with $ingress.subnets }}
loadBalancerSubnets:
  {{- range . }}
  - identifier: {{ . | quote }}
  {{- end }}
{{- end }}
{{- if $ingress.manageBackendSecurityGroupRules }}
manageBackendSecurityGroupRules: true
{{- end }}
{{- with $ingress.wafv2AclArn }}
wafV2:
  webACL: {{ . }}
{{- end }}
{{- if eq $ingress.shieldAdvancedProtection "enabled" }}
shieldConfiguration:
  enabled: true
{{- end }}
{{- with $ingress.minimumCapacityUnits }}
minimumLoadBalancerCapacity:
  capacityUnits: {{ int . }}
{{- end }}
{{- with include "istio-alb-ingress.listenerConfigurations" . | fromJsonArray }}
listenerConfigurations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What listeners have beyond protocol and port, as JSON; those that have nothing are left out. */}}
{{- define "istio-alb-ingress.listenerConfigurations" -}}
{{- $ingress := .Values.ingress -}}
{{- $configurations := list -}}
{{- range $protocol, $listener := $ingress.listeners -}}
{{- if $listener.enabled -}}
{{- $configuration := dict -}}
{{- with get $ingress.listenerAttributes $protocol -}}
{{- $_ := set $configuration "listenerAttributes" (include "istio-alb-ingress.keyValues" . | fromJsonArray) -}}
{{- end -}}
{{- if eq $protocol "https" -}}
{{- $_ := set $configuration "defaultCertificate" (first $ingress.certificateArns) -}}
{{- with rest $ingress.certificateArns -}}{{- $_ := set $configuration "certificates" . -}}{{- end -}}
{{- with $ingress.sslPolicy -}}{{- $_ := set $configuration "sslPolicy" . -}}{{- end -}}
{{- with $ingress.mutualAuthentication -}}
{{- if ne .mode "off" -}}
{{- $_ := set $configuration "mutualAuthentication" (ternary (dict "mode" .mode "trustStore" .trustStore) (dict "mode" .mode) (eq .mode "verify")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $configuration -}}
{{- $configurations = append $configurations (set . "protocolPort" (printf "%s:%d" (upper $protocol) (int $listener.port))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $configurations -}}
{{- end -}}

{{/* The default configuration of the Gateway's target groups: those of an Ingress are configured alike, too. */}}
{{- define "istio-alb-ingress.targetGroupProperties" -}}
{{- $ingress := .Values.ingress -}}
{{- $check := $ingress.healthCheck -}}
{{- $isGRPC := eq $ingress.backendProtocolVersion "GRPC" -}}
{{- $asked := ternary $check.grpc $check $isGRPC -}}
targetType: {{ $ingress.targetType }}
{{- if eq .Values.gateway.backend "https" }}
protocol: HTTPS
{{- end }}
{{- if ne $ingress.backendProtocolVersion "HTTP1" }}
protocolVersion: {{ $ingress.backendProtocolVersion }}
{{- end }}
healthCheckConfig:
  # Plain HTTP even where the gateway gets TLS: the status port speaks none.
  healthCheckProtocol: HTTP
  healthCheckPort: {{ $check.port | quote }}
  healthCheckPath: {{ $asked.path | quote }}
  healthCheckInterval: {{ int $check.intervalSeconds }}
  healthCheckTimeout: {{ int $check.timeoutSeconds }}
  healthyThresholdCount: {{ int $check.healthyThresholdCount }}
  unhealthyThresholdCount: {{ int $check.unhealthyThresholdCount }}
  matcher:
    {{ ternary "grpcCode" "httpCode" $isGRPC }}: {{ $asked.successCodes | quote }}
{{- with $ingress.targetGroupAttributes }}
targetGroupAttributes:
  {{- include "istio-alb-ingress.keyValues" . | fromJsonArray | toYaml | nindent 2 }}
{{- end }}
{{- with $ingress.tags }}
# Those of the load balancer do not reach its target groups.
tags:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

