{{/*
Checks values against the chart's own schema where Helm's validator is skipped (`--skip-schema-validation`), by the same
source: files/values.schema.json is values.schema.json, which Helm keeps from templates. The keywords are those the schema
uses. A title in the schema is the code of a refusal, a description says what to set.
*/}}
{{- define "istio-alb-ingress.shapeOfRoot" -}}
{{- $schema := .Files.Get "files/values.schema.json" | fromJson -}}
{{- include "istio-alb-ingress.shape" (dict "schema" (omit $schema "title" "description") "defs" (get $schema "$defs") "value" .values "key" "") -}}
{{- end -}}

{{/* The same for an edge with a name: nothing may be missing or contradict itself once the edge is laid over the rest. */}}
{{- define "istio-alb-ingress.shapeOfEdge" -}}
{{- $defs := get (.Files.Get "files/values.schema.json" | fromJson) "$defs" -}}
{{- range $name := list "complete" "consistent" -}}
{{- include "istio-alb-ingress.shape" (dict "schema" (get $defs $name) "defs" $defs "value" (merge (dict "edges" dict) $.Values) "key" (trimSuffix "." $.prefix)) -}}
{{- end -}}
{{- end -}}

{{/*
Refusals of one value: a dict of schema, defs, value and key; below a rule's `then` also code and set, the rule's own.
*/}}
{{- define "istio-alb-ingress.shape" -}}
{{- $here := . -}}
{{- $schema := .schema -}}
{{- $value := .value -}}
{{- $code := .code -}}
{{- $set := .set -}}
{{- if kindIs "bool" $schema -}}
{{- if not $schema -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_OUT_OF_PLACE" "key" .key "wrong" "is set beside what excludes it" "set" "only one") -}}
{{- end -}}
{{- else if and (hasKey $schema "$ref") (eq (len $schema) 1) -}}
{{- include "istio-alb-ingress.shape" (set . "schema" (get .defs (trimPrefix "#/$defs/" (get $schema "$ref")))) -}}
{{- else if and (hasKey $schema "properties") (eq (len $schema) (ternary 2 1 (hasKey $schema "required"))) -}}
{{- /* Most of the schema's conditions are only a way down. */ -}}
{{- if kindIs "map" $value -}}
{{- range $name := get $schema "required" | default list -}}
{{- if not (hasKey $value $name) -}}
{{- include "istio-alb-ingress.missing" (dict "here" $here "name" $name "code" $code "set" $set) -}}
{{- end -}}
{{- end -}}
{{- range $name, $child := get $schema "properties" -}}
{{- if hasKey $value $name -}}
{{- include "istio-alb-ingress.shape" (dict "schema" $child "defs" $here.defs "value" (get $value $name) "key" (print $here.key (ternary "." "" (ne $here.key "")) $name) "code" $code "set" $set) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- if and (not $code) (get $schema "description") -}}{{- $set = get $schema "description" -}}{{- end -}}
{{- with get $schema "$ref" -}}
{{- include "istio-alb-ingress.shape" (dict "schema" (get $here.defs (trimPrefix "#/$defs/" .)) "defs" $here.defs "value" $value "key" $here.key "code" $code "set" $set) -}}
{{- end -}}

{{- $kind := get (dict "map" "object" "slice" "array" "string" "string" "bool" "boolean" "float64" "number") (kindOf $value) | default "null" -}}
{{- if eq $kind "number" -}}{{- if eq (floor $value) $value -}}{{- $kind = "integer" -}}{{- end -}}{{- end -}}
{{- $types := list -}}
{{- with get $schema "type" -}}{{- $types = ternary . (list .) (kindIs "slice" .) -}}{{- end -}}
{{- if and $types (not (has $kind $types)) -}}
{{- $expected := first $types -}}
{{- $codes := dict "object" "VALUE_NOT_A_MAPPING" "array" "VALUE_NOT_A_LIST" "string" "VALUE_NOT_A_STRING" "boolean" "VALUE_NOT_A_BOOLEAN" "integer" "VALUE_NOT_AN_INTEGER" -}}
{{- $words := dict "object" "a mapping" "array" "a list" "string" "text, in quotes" "boolean" "true or false" "integer" "an integer" -}}
{{- $bounded := ternary (printf "an integer from %v to %v" (get $schema "minimum") (get $schema "maximum")) (get $words $expected) (hasKey $schema "maximum") -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (ternary "VALUE_MISSING" (get $codes $expected) (eq $kind "null")) "key" .key "wrong" (printf "is %s" (toJson $value)) "set" (default $bounded $set)) -}}
{{- else -}}

{{- if hasKey $schema "const" -}}
{{- if ne (toJson $value) (toJson (get $schema "const")) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "VALUE_UNKNOWN" $code) "key" .key "wrong" (printf "is %s" (toJson $value)) "set" (default (toString (get $schema "const")) $set)) -}}
{{- end -}}
{{- end -}}
{{- with get $schema "enum" -}}
{{- if not (has $value .) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "VALUE_UNKNOWN" $code) "key" $here.key "wrong" (printf "is %s" (toJson $value)) "set" (default (without . "" | join " or ") $set)) -}}
{{- end -}}
{{- end -}}

{{- if eq $kind "integer" -}}
{{- $tooSmall := and (hasKey $schema "minimum") (lt $value (get $schema "minimum" | float64)) -}}
{{- $tooLarge := and (hasKey $schema "maximum") (gt $value (get $schema "maximum" | float64)) -}}
{{- if or $tooSmall $tooLarge -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "VALUE_OUT_OF_RANGE" $code) "key" .key "wrong" (printf "is %.0f" $value) "set" (default (printf "an integer from %v to %v" (get $schema "minimum") (get $schema "maximum")) $set)) -}}
{{- end -}}
{{- end -}}

{{- if eq $kind "string" -}}
{{- $tooLong := and (hasKey $schema "maxLength") (gt (len $value) (get $schema "maxLength" | int)) -}}
{{- $tooShort := and (hasKey $schema "minLength") (lt (len $value) (get $schema "minLength" | int)) -}}
{{- $otherwise := and (hasKey $schema "pattern") (not (regexMatch (get $schema "pattern" | default "") $value)) -}}
{{- if or $tooLong $tooShort $otherwise -}}
{{- $expected := ternary "something" (printf "at most %v characters" (get $schema "maxLength")) $tooShort -}}
{{- if $otherwise -}}{{- $expected = printf "what matches %s" (get $schema "pattern") -}}{{- end -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "VALUE_MALFORMED" $code) "key" .key "wrong" (printf "is %q" $value) "set" (default $expected $set)) -}}
{{- end -}}
{{- end -}}

{{- if eq $kind "array" -}}
{{- $tooMany := and (hasKey $schema "maxItems") (gt (len $value) (get $schema "maxItems" | int)) -}}
{{- $tooFew := and (hasKey $schema "minItems") (lt (len $value) (get $schema "minItems" | int)) -}}
{{- if or $tooMany $tooFew -}}
{{- $expected := ternary (printf "at most %v" (get $schema "maxItems")) (printf "at least %v" (get $schema "minItems")) $tooMany -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "LIST_LENGTH" $code) "key" .key "wrong" (printf "has %d entries" (len $value)) "set" (default $expected $set)) -}}
{{- end -}}
{{- if and (get $schema "uniqueItems") (ne (len (uniq $value)) (len $value)) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ENTRY_TWICE" "key" .key "wrong" "has an entry twice" "set" "each once") -}}
{{- end -}}
{{- if hasKey $schema "items" -}}
{{- range $index, $item := $value -}}
{{- include "istio-alb-ingress.shape" (dict "schema" (get $schema "items") "defs" $here.defs "value" $item "key" (printf "%s[%d]" $here.key $index) "code" $code "set" (ternary $set "" (ne (default "" $code) ""))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if eq $kind "object" -}}
{{- $dot := ternary "." "" (ne .key "") -}}
{{- range $name := get $schema "required" | default list -}}
{{- if not (hasKey $value $name) -}}
{{- include "istio-alb-ingress.missing" (dict "here" $here "name" $name "code" $code "set" $set) -}}
{{- end -}}
{{- end -}}
{{- $properties := get $schema "properties" | default dict -}}
{{- if and (hasKey $schema "maxProperties") (gt (len $value) (get $schema "maxProperties" | int)) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "MAPPING_SIZE" $code) "key" .key "wrong" (printf "has %d keys" (len $value)) "set" (default (printf "at most %v" (get $schema "maxProperties")) $set)) -}}
{{- end -}}
{{- range $name, $child := $value -}}
{{- $key := print $here.key $dot $name -}}
{{- with get $schema "propertyNames" -}}
{{- if include "istio-alb-ingress.shape" (dict "schema" . "defs" $here.defs "value" $name "key" $key) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "KEY_MALFORMED" "key" $key "wrong" "is no name here" "set" (default (printf "a key that matches %s" .pattern) .description)) -}}
{{- end -}}
{{- end -}}
{{- if hasKey $properties $name -}}
{{- include "istio-alb-ingress.shape" (dict "schema" (get $properties $name) "defs" $here.defs "value" $child "key" $key "code" $code "set" (ternary $set "" (ne (default "" $code) ""))) -}}
{{- else if hasKey $schema "additionalProperties" -}}
{{- $additional := get $schema "additionalProperties" -}}
{{- if kindIs "map" $additional -}}
{{- include "istio-alb-ingress.shape" (dict "schema" $additional "defs" $here.defs "value" $child "key" $key "code" $code "set" $set) -}}
{{- else if not $additional -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_UNKNOWN_KEY" "key" $key "wrong" "is no value of this chart" "set" (include "istio-alb-ingress.beside" (dict "name" $name "known" (keys $properties | sortAlpha) "parent" $here.key)) "meant" (include "istio-alb-ingress.conventional" $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if or (hasKey $schema "allOf") (hasKey $schema "if") (hasKey $schema "not") (hasKey $schema "anyOf") (hasKey $schema "oneOf") -}}
{{- $down := dict "defs" .defs "value" $value "key" .key "code" $code "set" $set -}}
{{- range get $schema "allOf" | default list -}}
{{- include "istio-alb-ingress.shape" (set $down "schema" .) -}}
{{- end -}}
{{- if hasKey $schema "if" -}}
{{- if not (include "istio-alb-ingress.shape" (set $down "schema" (get $schema "if"))) -}}
{{- $then := set (omit $down "schema") "schema" (get $schema "then") -}}
{{- if hasKey $schema "title" -}}{{- $_ := set (set $then "code" (get $schema "title")) "set" (get $schema "description") -}}{{- end -}}
{{- include "istio-alb-ingress.shape" $then -}}
{{- end -}}
{{- end -}}
{{- if hasKey $schema "not" -}}
{{- if not (include "istio-alb-ingress.shape" (set $down "schema" (get $schema "not"))) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "VALUE_UNKNOWN" $code) "key" .key "wrong" (printf "is %s" (toJson $value)) "set" (default "another" $set)) -}}
{{- end -}}
{{- end -}}
{{- range $choice := list "anyOf" "oneOf" -}}
{{- with get $schema $choice -}}
{{- $fit := 0 -}}
{{- range . -}}
{{- if not (include "istio-alb-ingress.shape" (set $down "schema" .)) -}}{{- $fit = add1 $fit -}}{{- end -}}
{{- end -}}
{{- if or (eq (int $fit) 0) (and (eq $choice "oneOf") (gt (int $fit) 1)) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (get $schema "title" | default $code | default "VALUE_MALFORMED") "key" $here.key "wrong" (printf "is %s" (toJson $value)) "set" (default "another" $set)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "istio-alb-ingress.missing" -}}
{{- $key := print .here.key (ternary "." "" (ne .here.key "")) .name -}}
{{- include "istio-alb-ingress.refusal" (dict "code" (default "VALUE_MISSING" .code) "key" $key "wrong" "is not there" "set" (default "it, or leave the default: a null takes it away" .set)) -}}
{{- end -}}

{{/* The keys that stand beside an unknown one: all of a few, of many those that have the beginning of a word with it in common. */}}
{{- define "istio-alb-ingress.beside" -}}
{{- $related := list -}}
{{- range $word := snakecase .name | splitList "_" -}}
{{- range $known := $.known -}}
{{- if and (ge (len $word) 3) (contains (trunc 4 $word) (lower $known)) -}}{{- $related = append $related $known -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $related = uniq $related -}}
{{- $all := printf "one of the %d that the chart's README lists%s" (len .known) (ternary (print " below " .parent) "" (ne .parent "")) -}}
{{- if le (len .known) 8 -}}
one of {{ join ", " .known }}
{{- else if and $related (le (len $related) 5) -}}
{{ ternary "one of " "" (gt (len $related) 1) }}{{ join ", " $related }}, or {{ $all }}
{{- else -}}
{{ $all }}
{{- end -}}
{{- end -}}

{{/* Where this chart has what other charts have under a conventional name; nothing for other names. */}}
{{- define "istio-alb-ingress.conventional" -}}
{{- get (dict
  "affinity" "gateway.workload.affinity"
  "annotations" "commonAnnotations"
  "autoscaling" "gateway.workload.autoscaling"
  "behavior" "gateway.workload.autoscaling.behavior"
  "certificateArn" "ingress.certificateArns"
  "class" "ingress.className"
  "containerSecurityContext" "gateway.workload.containerSecurityContext"
  "env" "gateway.workload.env"
  "extraDeploy" "extraObjects"
  "extraManifests" "extraObjects"
  "extraObjects" "extraObjects"
  "hosts" "ingress.hosts"
  "hpa" "gateway.workload.autoscaling"
  "image" "gateway.injected.image"
  "imagePullPolicy" "gateway.injected.imagePullPolicy"
  "imagePullSecrets" "gateway.workload.imagePullSecrets"
  "ingressClassName" "ingress.className"
  "kind" "gateway.workload.kind"
  "labels" "commonLabels"
  "maxReplicas" "gateway.workload.autoscaling.maxReplicas"
  "metrics" "gateway.workload.autoscaling.metrics"
  "minReplicas" "gateway.workload.autoscaling.minReplicas"
  "name" "gateway.name"
  "networkPolicy" "gateway.injected.networkPolicy"
  "nodeSelector" "gateway.workload.nodeSelector"
  "pdb" "gateway.workload.disruptionBudget"
  "podAnnotations" "gateway.workload.podAnnotations"
  "podDisruptionBudget" "gateway.workload.disruptionBudget"
  "podLabels" "gateway.workload.podLabels"
  "podSecurityContext" "gateway.workload.podSecurityContext"
  "ports" "gateway.ports"
  "priorityClassName" "gateway.workload.priorityClassName"
  "replicaCount" "gateway.workload.replicas"
  "replicas" "gateway.workload.replicas"
  "resources" "gateway.workload.resources"
  "revision" "gateway.injected.revision"
  "securityContext" "gateway.workload.podSecurityContext"
  "service" "gateway.service"
  "serviceAccount" "gateway.injected.serviceAccount"
  "strategy" "gateway.workload.strategy"
  "terminationGracePeriodSeconds" "gateway.drain.seconds"
  "tls" "ingress.certificateArns"
  "tolerations" "gateway.workload.tolerations"
  "topologySpreadConstraints" "gateway.workload.topologySpread.constraints"
  "updateStrategy" "gateway.workload.strategy"
  "volumeMounts" "gateway.workload.volumeMounts"
  "volumes" "gateway.workload.volumes"
) . -}}
{{- end -}}
