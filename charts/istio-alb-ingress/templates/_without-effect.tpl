{{/*
Values that say something which nothing of the release would follow: each is refused by name, since a value that is taken and
ignored is a mistake found in production. What has no effect beside what is told by files/without-effect.json; a value says
something where it differs from its default (files/defaults.json). Switches that are on by default keep what stands beside them:
whoever turns one off has said so. Takes the list of edges; a value that stands outside `edges` has an effect where it has one in any of them.
*/}}
{{- define "istio-alb-ingress.withoutEffect" -}}
{{- $edges := . -}}
{{- $files := (first .).Files -}}
{{- $defaults := $files.Get "files/defaults.json" | fromJson -}}
{{- $rules := $files.Get "files/without-effect.json" | fromJsonArray -}}
{{- $counts := dict -}}
{{- range $edge := $edges -}}
{{- $found := dict -}}
{{- range $rule := $rules -}}
{{- if include "istio-alb-ingress.applies" (list $edge.Values $rule) -}}
{{- range $key := $rule.keys -}}
{{- $value := include "istio-alb-ingress.valueAt" (list $edge.Values $key) | fromJson -}}
{{- $default := include "istio-alb-ingress.valueAt" (list $defaults $key) | fromJson -}}
{{- include "istio-alb-ingress.differing" (dict "key" $key "value" $value.it "default" $default.it "rule" $rule "found" $found) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $key, $rule := $found -}}
{{- $own := "" -}}
{{- if $edge.edge -}}{{- $own = include "istio-alb-ingress.valueAt" (list $edge.own $key) -}}{{- end -}}
{{- $everywhere := "" -}}
{{- if not $own -}}
{{- $_ := set $counts $key (get $counts $key | default 0 | int | add1) -}}
{{- if eq (get $counts $key | int) (len $edges) -}}{{- $everywhere = "yes" -}}{{- end -}}
{{- end -}}
{{- if or $own $everywhere -}}
{{- $where := list -}}
{{- range $condition, $_ := $rule.when -}}
{{- $where = append $where (printf "%s is %s" $condition (include "istio-alb-ingress.valueAt" (list $edge.Values $condition) | fromJson | dig "it" "" | toJson | trimAll "\"")) -}}
{{- end -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "NO_EFFECT" "key" (print (ternary $edge.prefix "" (ne $own "")) $key) "wrong" (printf "has no effect where %s" (join " and " $where)) "set" $rule.set) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether all that a rule takes to be so is so: each key of `when` has one of its values, none of `unless` has. */}}
{{- define "istio-alb-ingress.applies" -}}
{{- $values := index . 0 -}}
{{- $rule := index . 1 -}}
{{- $no := "" -}}
{{- range $key, $those := $rule.when -}}
{{- $value := include "istio-alb-ingress.valueAt" (list $values $key) | fromJson -}}
{{- if not (has $value.it $those) -}}{{- $no = "no" -}}{{- end -}}
{{- end -}}
{{- range $key, $those := $rule.unless | default dict -}}
{{- $value := include "istio-alb-ingress.valueAt" (list $values $key) | fromJson -}}
{{- if has $value.it $those -}}{{- $no = "no" -}}{{- end -}}
{{- end -}}
{{- if not $no -}}yes{{- end -}}
{{- end -}}

{{/* The value at a dotted key as JSON, below `it`; nothing where there is none. */}}
{{- define "istio-alb-ingress.valueAt" -}}
{{- $value := index . 0 -}}
{{- $there := true -}}
{{- range $step := splitList "." (index . 1) -}}
{{- if and $there (kindIs "map" $value) -}}
{{- if hasKey $value $step -}}{{- $value = get $value $step -}}{{- else -}}{{- $there = false -}}{{- end -}}
{{- else -}}
{{- $there = false -}}
{{- end -}}
{{- end -}}
{{- if $there -}}{{- dict "it" $value | toJson -}}{{- end -}}
{{- end -}}

{{/* Notes the keys at and below one whose value is not the default, the innermost that values.yaml names. */}}
{{- define "istio-alb-ingress.differing" -}}
{{- $here := . -}}
{{- if ne (toJson .value) (toJson .default) -}}
{{- if and (kindIs "map" .value) (kindIs "map" .default) (gt (len .default) 0) -}}
{{- range $name, $child := .value -}}
{{- include "istio-alb-ingress.differing" (dict "key" (printf "%s.%s" $here.key $name) "value" $child "default" (get $here.default $name) "rule" $here.rule "found" $here.found) -}}
{{- end -}}
{{- else if not (or (has .key (.rule.but | default list)) (hasKey .found .key)) -}}
{{- $_ := set .found .key .rule -}}
{{- end -}}
{{- end -}}
{{- end -}}
