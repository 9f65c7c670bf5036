{{/*
The gateway's ports by the names they have on its Service, as a JSON object. Everything that needs a port asks here, so that
each is written once, in values.
*/}}
{{- define "istio-alb-ingress.ports" -}}
{{- $ports := .Values.gateway.ports -}}
{{- dict "status-port" $ports.status "http2" $ports.http2 "https" $ports.https | toJson -}}
{{- end -}}

{{/*
The Service's list of ports. It replaces a profile's, so all three are always there, the status port first: a Classic Load
Balancer checks the first. Where TLS ends at the load balancer, what comes in at https goes on as plain HTTP.
*/}}
{{- define "istio-alb-ingress.servicePorts" -}}
{{- $edge := . -}}
{{- $ports := include "istio-alb-ingress.ports" . | fromJson -}}
{{- range $name := list "status-port" "http2" "https" -}}
{{- $port := get $ports $name }}
{{- $target := ternary (get $ports "http2") $port (and (eq $name "https") (eq (include "istio-alb-ingress.endsTLS" $edge) "plain")) }}
- name: {{ $name }}
  protocol: TCP
  port: {{ int $port.port }}
  targetPort: {{ int $target.targetPort }}
  {{- if $edge.Values.gateway.service.nodePorts }}
  nodePort: {{ int $port.nodePort }}
  {{- end }}
{{- end }}
{{- range .Values.gateway.service.extraPorts }}
- name: {{ .name | toYaml }}
  protocol: TCP
  port: {{ int .port }}
  targetPort: {{ default .port .targetPort | int }}
  {{- with .nodePort }}
  nodePort: {{ int . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The health check of the edge's kind of load balancer, as JSON, and the key it is set at. */}}
{{- define "istio-alb-ingress.healthCheckKey" -}}
{{- get (dict "network" "network.healthCheck" "classic" "classic.healthCheck") .Values.loadBalancer.type | default "ingress.healthCheck" -}}
{{- end -}}

{{- define "istio-alb-ingress.healthCheck" -}}
{{- $values := .Values -}}
{{- get (dict "network" $values.network "classic" $values.classic) $values.loadBalancer.type | default $values.ingress | dig "healthCheck" dict | toJson -}}
{{- end -}}

{{/*
Seconds that a terminating gateway pod goes on serving: until the load balancer has counted the failed checks that make a
target unhealthy (interval × threshold, and one time-out), with a margin.
*/}}
{{- define "istio-alb-ingress.shortestDrainSeconds" -}}
{{- $check := include "istio-alb-ingress.healthCheck" . | fromJson -}}
{{- add (mul (int $check.intervalSeconds) (int $check.unhealthyThresholdCount)) (int $check.timeoutSeconds) -}}
{{- end -}}

{{- define "istio-alb-ingress.drainSeconds" -}}
{{- $asked := int .Values.gateway.drain.seconds -}}
{{- ternary $asked (include "istio-alb-ingress.shortestDrainSeconds" . | int | add 5) (gt $asked 0) -}}
{{- end -}}
