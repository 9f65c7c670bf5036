{{/*
Routes of the load balancer itself, before the one that leads everything to the gateway. A route's backend is an action under
its name: the controller reads `actions.NAME` where an Ingress's port is named use-annotation, and `conditions.NAME` beside.
*/}}
{{- define "istio-alb-ingress.routeAnnotations" -}}
{{- $edge := . -}}
{{- range $route := .Values.ingress.routes }}
alb.ingress.kubernetes.io/actions.{{ .name }}: {{ include "istio-alb-ingress.routeAction" (dict "edge" $edge "route" .) | quote }}
{{- with include "istio-alb-ingress.routeConditions" . }}
alb.ingress.kubernetes.io/conditions.{{ $route.name }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A route's action as the controller's JSON. */}}
{{- define "istio-alb-ingress.routeAction" -}}
{{- $edge := .edge -}}
{{- $route := .route -}}
{{- if $route.redirect -}}
{{- $redirect := dict "statusCode" ($route.redirect.statusCode | default "HTTP_302") -}}
{{- range $key := list "protocol" "host" "port" "path" "query" -}}
{{- if hasKey $route.redirect $key -}}{{- $_ := set $redirect $key (get $route.redirect $key) -}}{{- end -}}
{{- end -}}
{{- dict "type" "redirect" "redirectConfig" $redirect | toJson -}}
{{- else if $route.fixedResponse -}}
{{- $response := dict "statusCode" $route.fixedResponse.statusCode "contentType" ($route.fixedResponse.contentType | default "text/plain") -}}
{{- with $route.fixedResponse.messageBody -}}{{- $_ := set $response "messageBody" . -}}{{- end -}}
{{- dict "type" "fixed-response" "fixedResponseConfig" $response | toJson -}}
{{- else -}}
{{- $targets := list -}}
{{- range $route.forward | default (list (dict "gateway" true)) -}}
{{- $target := dict -}}
{{- if .targetGroupArn -}}
{{- $_ := set $target "targetGroupARN" .targetGroupArn -}}
{{- else if .gateway -}}
{{- $port := get (include "istio-alb-ingress.ports" $edge | fromJson) $edge.Values.gateway.backend -}}
{{- $_ := set (set $target "serviceName" $edge.Values.gateway.name) "servicePort" (int $port.port | toString) -}}
{{- else -}}
{{- $_ := set (set $target "serviceName" .service) "servicePort" (ternary .port (printf "%v" .port) (kindIs "string" .port)) -}}
{{- end -}}
{{- if hasKey . "weight" -}}{{- $_ := set $target "weight" (int .weight) -}}{{- end -}}
{{- $targets = append $targets $target -}}
{{- end -}}
{{- $forward := dict "targetGroups" $targets -}}
{{- with $route.stickinessSeconds -}}
{{- $_ := set $forward "targetGroupStickinessConfig" (dict "enabled" true "durationSeconds" (int .)) -}}
{{- end -}}
{{- dict "type" "forward" "forwardConfig" $forward | toJson -}}
{{- end -}}
{{- end -}}

{{/* A route's conditions beyond host and path, as the controller's JSON; nothing where there are none. */}}
{{- define "istio-alb-ingress.routeConditions" -}}
{{- $conditions := list -}}
{{- with .conditions -}}
{{- range .headers -}}
{{- $conditions = append $conditions (dict "field" "http-header" "httpHeaderConfig" (dict "httpHeaderName" .name "values" .values)) -}}
{{- end -}}
{{- with .methods -}}
{{- $conditions = append $conditions (dict "field" "http-request-method" "httpRequestMethodConfig" (dict "values" .)) -}}
{{- end -}}
{{- with .queryStrings -}}
{{- $conditions = append $conditions (dict "field" "query-string" "queryStringConfig" (dict "values" .)) -}}
{{- end -}}
{{- with .sourceCidrs -}}
{{- $conditions = append $conditions (dict "field" "source-ip" "sourceIPConfig" (dict "values" .)) -}}
{{- end -}}
{{- end -}}
{{- if $conditions -}}{{- toJson $conditions -}}{{- end -}}
{{- end -}}
