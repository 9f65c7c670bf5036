{{/*
What the gateway's own pods are told, in `proxy.istio.io/config`: whom to believe, and how long to serve after SIGTERM. In
the mesh's configuration it would hold every sidecar as long.
*/}}
{{- define "istio-alb-ingress.proxyConfig" -}}
{{- $topology := dict "numTrustedProxies" (include "istio-alb-ingress.trustedProxies" . | int) -}}
{{- if include "istio-alb-ingress.speaksProxyProtocol" . -}}{{- $_ := set $topology "proxyProtocol" dict -}}{{- end -}}
{{- dict "gatewayTopology" $topology "terminationDrainDuration" (printf "%ss" (include "istio-alb-ingress.drainSeconds" .)) | toJson -}}
{{- end -}}

{{/*
Proxies whose X-Forwarded-For the gateway believes. What speaks HTTP appends the client's address and is one; what passes TCP
on adds nothing, and a header that comes in is the client's own.
*/}}
{{- define "istio-alb-ingress.trustedProxies" -}}
{{- $asked := .Values.gateway.trustedProxies -}}
{{- if ne (toString $asked) "auto" -}}
{{- int $asked -}}
{{- else if eq .Values.loadBalancer.type "network" -}}
0
{{- else if eq .Values.loadBalancer.type "classic" -}}
{{- ternary 1 0 (eq (include "istio-alb-ingress.endsTLS" .) "plain") -}}
{{- else -}}
1
{{- end -}}
{{- end -}}

{{/* Seconds until a pod is killed: its drain, and 15 to end. */}}
{{- define "istio-alb-ingress.graceSeconds" -}}
{{- include "istio-alb-ingress.drainSeconds" . | int | add 15 -}}
{{- end -}}

{{/* The environment of the gateway's container, as a list. With PROXY protocol the health check opens with its header too. */}}
{{- define "istio-alb-ingress.env" -}}
{{- $env := .Values.gateway.workload.env -}}
{{- if include "istio-alb-ingress.speaksProxyProtocol" . -}}
{{- $env = merge (dict "ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL" "true") $env -}}
{{- end -}}
{{- range $name, $value := $env }}
- name: {{ $name | toYaml }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* Where pods go, for a pod's spec. */}}
{{- define "istio-alb-ingress.placement" -}}
{{- $workload := .Values.gateway.workload -}}
{{- with $workload.priorityClassName }}
priorityClassName: {{ . | toYaml }}
{{- end }}
{{- with $workload.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $workload.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $workload.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Whether pods are spread. Pods of istioctl are as Istio's profile has them, and stay so unless somebody asks. */}}
{{- define "istio-alb-ingress.spreads" -}}
{{- $asked := .Values.gateway.workload.topologySpread.enabled | toString -}}
{{- if or (eq $asked "true") (and (eq $asked "auto") (ne .Values.gateway.provider "istio-operator")) -}}yes{{- end -}}
{{- end -}}

{{/* The topology constraints of pods, as a list. */}}
{{- define "istio-alb-ingress.topologySpread" -}}
{{- range .edge.Values.gateway.workload.topologySpread.constraints }}
{{- $constraint := deepCopy . }}
{{- if not (hasKey . "labelSelector") }}{{- $_ := set $constraint "labelSelector" (dict "matchLabels" ($.selector | fromYaml)) }}{{- end }}
- {{ $constraint | toYaml | nindent 2 | trim }}
{{- else }}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ $key }}
  maxSkew: 1
  whenUnsatisfiable: {{ $.edge.Values.gateway.workload.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels:
      {{- $.selector | nindent 6 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* An autoscaler's spec but for its target. */}}
{{- define "istio-alb-ingress.autoscaling" -}}
{{- $autoscaling := .Values.gateway.workload.autoscaling -}}
minReplicas: {{ int $autoscaling.minReplicas }}
maxReplicas: {{ int $autoscaling.maxReplicas }}
{{- with $autoscaling.behavior }}
behavior:
  {{- toYaml . | nindent 2 }}
{{- end }}
metrics:
  {{- with $autoscaling.metrics }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: {{ int $autoscaling.targetCPUUtilizationPercentage }}
  {{- end }}
{{- end -}}

{{- define "istio-alb-ingress.maxUnavailable" -}}
{{- $most := .Values.gateway.workload.disruptionBudget.maxUnavailable -}}
{{- if kindIs "string" $most -}}{{- $most | quote -}}{{- else -}}{{- int $most -}}{{- end -}}
{{- end -}}

{{/* Values for Istio's own `gateway` chart that make the gateway this chart expects. */}}
{{- define "istio-alb-ingress.gatewayChartValues" -}}
name: {{ .Values.gateway.name | toYaml }}
terminationGracePeriodSeconds: {{ include "istio-alb-ingress.graceSeconds" . }}
podAnnotations:
  proxy.istio.io/config: {{ include "istio-alb-ingress.proxyConfig" . | squote }}
{{- if include "istio-alb-ingress.speaksProxyProtocol" . }}
env:
  ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL: "true"
{{- end }}
service:
  {{- include "istio-alb-ingress.serviceSpec" . | trim | nindent 2 }}
  {{- with include "istio-alb-ingress.serviceAnnotations" . | trim }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "istio-alb-ingress.serviceAccountName" -}}
{{- default .Values.gateway.name .Values.gateway.injected.serviceAccount.name -}}
{{- end -}}
