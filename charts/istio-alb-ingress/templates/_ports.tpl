{{/*
The gateway's ports by the names they have on its Service, as a JSON object. Everything that needs a port asks here, so that
each is written once, in values.
*/}}
{{- define "istio-alb-ingress.ports" -}}
{{- $ports := .Values.gateway.ports -}}
{{- dict "status-port" $ports.status "http2" $ports.http2 "https" $ports.https | toJson -}}
{{- end -}}

{{/* The Service's list of ports. It replaces the profile's, so all three are always there, the status port first. */}}
{{- define "istio-alb-ingress.servicePorts" -}}
{{- $ports := include "istio-alb-ingress.ports" . | fromJson -}}
{{- range $name := list "status-port" "http2" "https" -}}
{{- $port := get $ports $name }}
- name: {{ $name }}
  protocol: TCP
  port: {{ int $port.port }}
  targetPort: {{ int $port.targetPort }}
  nodePort: {{ int $port.nodePort }}
{{- end }}
{{- end -}}

{{/*
Seconds that a terminating gateway pod goes on serving: until the load balancer has counted the failed checks that make a
target unhealthy (interval × threshold, and one time-out), with a margin.
*/}}
{{- define "istio-alb-ingress.shortestDrainSeconds" -}}
{{- $check := .Values.ingress.healthCheck -}}
{{- add (mul (int $check.intervalSeconds) (int $check.unhealthyThresholdCount)) (int $check.timeoutSeconds) -}}
{{- end -}}

{{- define "istio-alb-ingress.drainSeconds" -}}
{{- $asked := int .Values.gateway.drain.seconds -}}
{{- ternary $asked (include "istio-alb-ingress.shortestDrainSeconds" . | int | add 5) (gt $asked 0) -}}
{{- end -}}
