{{/*
Rules of a Gateway's load balancer, of `ingress.routes` and of what leads everything to the gateway, as a JSON list in their
order: `name`, `hosts`, `rule` (of an HTTPRoute) and `configuration` (the spec of a ListenerRuleConfiguration; empty for none).
*/}}
{{- define "istio-alb-ingress.loadBalancerRules" -}}
{{- $edge := . -}}
{{- $name := include "istio-alb-ingress.ingressName" . -}}
{{- $rules := list -}}
{{- range $route := .Values.ingress.routes -}}
{{- $own := printf "%s-route-%s" $name $route.name -}}
{{- $configuration := include "istio-alb-ingress.ruleConfiguration" (dict "edge" $edge "route" .) | fromJson -}}
{{- $filters := include "istio-alb-ingress.ruleFilters" (list $own $configuration $route.redirect) | fromJsonArray -}}
{{- $rule := dict "matches" (include "istio-alb-ingress.ruleMatches" . | fromJsonArray) -}}
{{- with $filters -}}{{- $_ := set $rule "filters" . -}}{{- end -}}
{{- if not (or .redirect .fixedResponse) -}}
{{- $_ := set $rule "backendRefs" (include "istio-alb-ingress.ruleBackends" (list $edge (.forward | default (list (dict "gateway" true)))) | fromJsonArray) -}}
{{- end -}}
{{- $rules = append $rules (dict "name" $own "hosts" (default list .hosts) "rule" $rule "configuration" $configuration) -}}
{{- end -}}
{{- $configuration := include "istio-alb-ingress.ruleConfiguration" (dict "edge" $edge "route" dict) | fromJson -}}
{{- $rule := dict
  "matches" (list (dict "path" (dict "type" "PathPrefix" "value" "/")))
  "backendRefs" (include "istio-alb-ingress.ruleBackends" (list $edge (list (dict "gateway" true))) | fromJsonArray)
-}}
{{- with include "istio-alb-ingress.ruleFilters" (list $name $configuration dict) | fromJsonArray -}}{{- $_ := set $rule "filters" . -}}{{- end -}}
{{- append $rules (dict "name" $name "hosts" .Values.ingress.hosts "rule" $rule "configuration" $configuration) | toJson -}}
{{- end -}}

{{/*
The spec of a rule's ListenerRuleConfiguration as JSON: who is let in, what an HTTPRoute has no words for, and tags, which
those of the load balancer are not passed on to.
*/}}
{{- define "istio-alb-ingress.ruleConfiguration" -}}
{{- $route := .route -}}
{{- $ingress := .edge.Values.ingress -}}
{{- $actions := list -}}
{{- with $ingress.authentication -}}
{{- if and $ingress.listeners.https.enabled (ne .type "none") -}}
{{- $session := dict "onUnauthenticatedRequest" .onUnauthenticatedRequest "scope" .scope "sessionTimeout" (int .sessionTimeoutSeconds) -}}
{{- with .sessionCookie -}}{{- $_ := set $session "sessionCookieName" . -}}{{- end -}}
{{- if eq .type "oidc" -}}
{{- $client := set (omit .oidc "secretName") "secret" (dict "name" .oidc.secretName) -}}
{{- $actions = append $actions (dict "type" "authenticate-oidc" "authenticateOIDCConfig" (merge $client $session)) -}}
{{- else -}}
{{- $actions = append $actions (dict "type" "authenticate-cognito" "authenticateCognitoConfig" (merge (deepCopy .cognito) $session)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $route.fixedResponse -}}
{{- $response := dict "statusCode" (int .statusCode) "contentType" (.contentType | default "text/plain") -}}
{{- with .messageBody -}}{{- $_ := set $response "messageBody" . -}}{{- end -}}
{{- $actions = append $actions (dict "type" "fixed-response" "fixedResponseConfig" $response) -}}
{{- end -}}
{{- with $route.redirect -}}
{{- if hasKey . "query" -}}{{- $actions = append $actions (dict "type" "redirect" "redirectConfig" (dict "query" .query)) -}}{{- end -}}
{{- end -}}
{{- if not (or $route.fixedResponse $route.redirect) -}}
{{- with $route.stickinessSeconds -}}
{{- $stickiness := dict "enabled" true "durationSeconds" (int .) -}}
{{- $actions = append $actions (dict "type" "forward" "forwardConfig" (dict "targetGroupStickinessConfig" $stickiness)) -}}
{{- end -}}
{{- end -}}
{{- $spec := dict -}}
{{- with $actions -}}{{- $_ := set $spec "actions" . -}}{{- end -}}
{{- with ($route.conditions | default dict).sourceCidrs -}}
{{- $_ := set $spec "conditions" (list (dict "field" "source-ip" "sourceIPConfig" (dict "values" .))) -}}
{{- end -}}
{{- with $ingress.tags -}}{{- $_ := set $spec "tags" . -}}{{- end -}}
{{- toJson $spec -}}
{{- end -}}

{{/* A rule's filters as JSON: a list of the name of its configuration, that configuration, and a route's redirect. */}}
{{- define "istio-alb-ingress.ruleFilters" -}}
{{- $filters := list -}}
{{- if index . 1 -}}
{{- $reference := dict "group" "gateway.k8s.aws" "kind" "ListenerRuleConfiguration" "name" (index . 0) -}}
{{- $filters = append $filters (dict "type" "ExtensionRef" "extensionRef" $reference) -}}
{{- end -}}
{{- with index . 2 -}}
{{- /* What a placeholder repeats stays as it is where nothing is said of it. */ -}}
{{- $redirect := dict "statusCode" (.statusCode | default "HTTP_302" | trimPrefix "HTTP_" | int) -}}
{{- if has .protocol (list "HTTP" "HTTPS") -}}{{- $_ := set $redirect "scheme" (lower .protocol) -}}{{- end -}}
{{- if and .host (ne .host "#{host}") -}}{{- $_ := set $redirect "hostname" .host -}}{{- end -}}
{{- if and .port (ne .port "#{port}") -}}{{- $_ := set $redirect "port" (int .port) -}}{{- end -}}
{{- if and .path (ne .path "/#{path}") -}}{{- $_ := set $redirect "path" (dict "type" "ReplaceFullPath" "replaceFullPath" .path) -}}{{- end -}}
{{- $filters = append $filters (dict "type" "RequestRedirect" "requestRedirect" $redirect) -}}
{{- end -}}
{{- toJson $filters -}}
{{- end -}}

{{/* What a rule forwards to, as JSON: a list of the edge and of targets as in `ingress.routes`. */}}
{{- define "istio-alb-ingress.ruleBackends" -}}
{{- $edge := index . 0 -}}
{{- $backends := list -}}
{{- range index . 1 -}}
{{- $backend := dict "group" "" "kind" "Service" "weight" 1 -}}
{{- if .targetGroupArn -}}
{{- /* An account has one target group of a name in a region. */ -}}
{{- $_ := set (set $backend "kind" "TargetGroupName") "name" (splitList "/" .targetGroupArn | reverse | rest | first) -}}
{{- else if .gateway -}}
{{- $port := get (include "istio-alb-ingress.ports" $edge | fromJson) $edge.Values.gateway.backend -}}
{{- $_ := set (set $backend "name" $edge.Values.gateway.name) "port" (int $port.port) -}}
{{- else -}}
{{- $_ := set (set $backend "name" .service) "port" (int .port) -}}
{{- end -}}
{{- if hasKey . "weight" -}}{{- $_ := set $backend "weight" (int .weight) -}}{{- end -}}
{{- $backends = append $backends $backend -}}
{{- end -}}
{{- toJson $backends -}}
{{- end -}}

{{/*
A route's matches as JSON. A match has one method, and one value of each query parameter; a rule of an Ingress has several, of
which one is enough, so there is a match for each.
*/}}
{{- define "istio-alb-ingress.ruleMatches" -}}
{{- $conditions := .conditions | default dict -}}
{{- $path := dict "type" (ternary "PathPrefix" "Exact" (eq (.pathType | default "Prefix") "Prefix")) "value" (.path | default "/") -}}
{{- $headers := list -}}
{{- range $conditions.headers -}}
{{- $values := list -}}
{{- range .values -}}{{- $values = append $values (. | replace "\\" "\\\\" | replace "," "\\,") -}}{{- end -}}
{{- $headers = append $headers (dict "type" "Exact" "name" .name "value" (join "," $values)) -}}
{{- end -}}
{{- $matches := list -}}
{{- range $method := $conditions.methods | default (list "") -}}
{{- range $query := $conditions.queryStrings | default (list dict) -}}
{{- $match := dict "path" $path -}}
{{- with $headers -}}{{- $_ := set $match "headers" . -}}{{- end -}}
{{- with $query -}}{{- $_ := set $match "queryParams" (list (dict "type" "Exact" "name" .key "value" .value)) -}}{{- end -}}
{{- with $method -}}{{- $_ := set $match "method" . -}}{{- end -}}
{{- $matches = append $matches $match -}}
{{- end -}}
{{- end -}}
{{- toJson $matches -}}
{{- end -}}

{{/*
Rules as HTTPRoutes, which have the hosts in common and at most 16 of them and 16 rules, as a JSON list: `name`, `hosts`,
`rules`. Rules with the same hosts share a route as far as they fit, and so stay in their order where nothing else decides.
*/}}
{{- define "istio-alb-ingress.httpRoutes" -}}
{{- $routes := list -}}
{{- $done := dict -}}
{{- $all := include "istio-alb-ingress.loadBalancerRules" . | fromJsonArray -}}
{{- $last := last $all -}}
{{- range $first := $all -}}
{{- $hosts := toJson .hosts -}}
{{- if not (hasKey $done $hosts) -}}
{{- $_ := set $done $hosts true -}}
{{- $rules := list -}}
{{- range $all -}}{{- if eq (toJson .hosts) $hosts -}}{{- $rules = append $rules .rule -}}{{- end -}}{{- end -}}
{{- $name := ternary $last.name $first.name (eq (toJson $last.hosts) $hosts) -}}
{{- $count := 0 -}}
{{- range $someHosts := ternary (chunk 16 $first.hosts) (list list) (gt (len $first.hosts) 0) -}}
{{- range $someRules := chunk 16 $rules -}}
{{- $count = add1 $count -}}
{{- $routes = append $routes (dict "name" (ternary $name (printf "%s-%d" $name $count) (eq $count 1)) "hosts" $someHosts "rules" $someRules) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}
