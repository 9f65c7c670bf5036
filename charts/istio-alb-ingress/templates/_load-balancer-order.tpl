{{/*
What a Gateway's load balancer would do in another way than the values say, as refusals. Rules of an Ingress are tried in
their order; those of a Gateway the most specific first (AWS Load Balancer Controller: SortAllRulesByPrecedence), whatever
order they have. Rules that no request can both match may change places.
*/}}
{{- define "istio-alb-ingress.contradictionsOfGateway" -}}
{{- $edge := . -}}
{{- $ingress := .Values.ingress -}}
{{- $key := printf "%singress" .prefix -}}
{{- $set := "another place for it, or loadBalancer.api to ingress" -}}
{{- $entries := list -}}
{{- range $index, $route := append $ingress.routes (dict "hosts" $ingress.hosts) -}}
{{- $entries = append $entries (dict "name" ($route.name | default "what leads everything to the gateway") "key" (printf "%s.routes[%d]" $key $index) "route" $route) -}}
{{- end -}}
{{- range $index, $earlier := $entries -}}
{{- $told := false -}}
{{- range $later := slice $entries (int (add1 $index)) -}}
{{- if and (not $told) (include "istio-alb-ingress.changePlaces" (list $earlier.route $later.route)) -}}
{{- $told = true -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ROUTE_ORDER" "key" $earlier.key "wrong" (printf "stands before %s, which is no less specific, and a Gateway tries the most specific rule first" $later.name) "set" $set) -}}
{{- end -}}
{{- end -}}
{{- $headers := list -}}
{{- range $place, $header := (get $earlier.route "conditions" | default dict).headers -}}
{{- $headers = append $headers (dict "key" (printf "%s.conditions.headers[%d].name" $earlier.key $place) "value" (lower $header.name)) -}}
{{- end -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "HEADER_TWICE" "entries" $headers) -}}
{{- end -}}
{{- range $annotation, $_ := $ingress.annotations -}}
{{- if hasPrefix "alb.ingress.kubernetes.io/" $annotation -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ANNOTATION_WITHOUT_EQUIVALENT" "key" (printf "%s.annotations" $key) "wrong" (printf "has %s, and a Gateway has no annotations of the controller's" $annotation) "set" "the value that says the same, or loadBalancer.api to ingress") -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.gateway.provider "gateway-api") (eq .Values.gateway.name (include "istio-alb-ingress.ingressName" .)) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "GATEWAY_TWICE" "key" (printf "%s.name" $key) "wrong" (printf "is %s, as is gateway.name, and both are Gateways" .Values.gateway.name) "set" "another name") -}}
{{- end -}}
{{- end -}}

{{/* Whether a Gateway tries the later one of two routes first where a request could match both. A list of the two. */}}
{{- define "istio-alb-ingress.changePlaces" -}}
{{- $earlier := index . 0 -}}
{{- $later := index . 1 -}}
{{- if include "istio-alb-ingress.pathsOverlap" . -}}
{{- $hosts := $earlier.hosts | default (list "") -}}
{{- $others := $later.hosts | default (list "") -}}
{{- $isOneRoute := eq (toJson $hosts) (toJson $others) -}}
{{- range $host := concat $hosts $others | uniq -}}
{{- $rank := include "istio-alb-ingress.routeRank" (list $earlier $host) -}}
{{- $otherRank := include "istio-alb-ingress.routeRank" (list $later $host) -}}
{{- if and $rank $otherRank (or (gt $otherRank $rank) (and (eq $otherRank $rank) (not $isOneRoute))) -}}yes{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* How specific a route is for a host, by the most specific of its own that covers it, as text that sorts; nothing for none. */}}
{{- define "istio-alb-ingress.routeRank" -}}
{{- $route := index . 0 -}}
{{- $host := index . 1 -}}
{{- $best := "" -}}
{{- range $own := $route.hosts | default (list "") -}}
{{- if or (not $own) (eq $own $host) (and (hasPrefix "*." $own) (hasSuffix (trimPrefix "*" $own) $host)) -}}
{{- $rank := "0" -}}
{{- if $own -}}{{- $rank = printf "%d.%03d.%03d" (ternary 1 2 (hasPrefix "*." $own)) (len (splitList "." $own)) (len $own) -}}{{- end -}}
{{- if gt $rank $best -}}{{- $best = $rank -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $best -}}
{{- $conditions := $route.conditions | default dict -}}
{{- printf "%s %d.%04d.%d.%03d.%d" $best (ternary 2 3 (eq ($route.pathType | default "Prefix") "Prefix")) (len ($route.path | default "/")) (ternary 1 0 (gt (len ($conditions.methods | default list)) 0)) (len ($conditions.headers | default list)) (ternary 1 0 (gt (len ($conditions.queryStrings | default list)) 0)) -}}
{{- end -}}
{{- end -}}

{{- define "istio-alb-ingress.pathsOverlap" -}}
{{- $paths := list -}}
{{- $prefixes := list -}}
{{- range . -}}
{{- $paths = append $paths (printf "%s/" (.path | default "/" | trimSuffix "/")) -}}
{{- $prefixes = append $prefixes (eq (.pathType | default "Prefix") "Prefix") -}}
{{- end -}}
{{- $path := first $paths -}}
{{- $other := last $paths -}}
{{- if or (eq $path $other) (contains "*" $path) (contains "*" $other) -}}yes
{{- else if and (first $prefixes) (hasPrefix $path $other) -}}yes
{{- else if and (last $prefixes) (hasPrefix $other $path) -}}yes
{{- end -}}
{{- end -}}
