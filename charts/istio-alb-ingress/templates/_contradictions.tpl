{{/*
What a schema cannot say: numbers that must differ, sums, prefixes, and edges that share a gateway. Takes the list of edges.
*/}}
{{- define "istio-alb-ingress.contradictions" -}}
{{- $edges := . -}}
{{- $nodePorts := list -}}
{{- $ingresses := list -}}
{{- $loadBalancers := list -}}
{{- $gateways := dict -}}
{{- $whole := list -}}
{{- range $edge := $edges -}}
{{- /* What is missing or malformed is told alone: the rules below take every value to be there. */ -}}
{{- $shape := "" -}}
{{- if .edge -}}{{- $shape = include "istio-alb-ingress.shapeOfEdge" . -}}{{- end -}}
{{- $shape -}}
{{- if not $shape -}}
{{- $whole = append $whole . -}}
{{- include "istio-alb-ingress.contradictionsOfEdge" . -}}
{{- $gateway := .Values.gateway -}}
{{- $nature := include "istio-alb-ingress.gatewayNature" . -}}
{{- $other := get $gateways $gateway.name -}}
{{- $own := list -}}
{{- range $name := list "status" "http2" "https" -}}
{{- $own = append $own (dict "key" (printf "%sgateway.ports.%s.nodePort" $edge.prefix $name) "value" (get (get $gateway.ports $name) "nodePort")) -}}
{{- end -}}
{{- range $index, $port := $gateway.service.extraPorts -}}
{{- if hasKey $port "nodePort" -}}
{{- $own = append $own (dict "key" (printf "%sgateway.service.extraPorts[%d].nodePort" $edge.prefix $index) "value" $port.nodePort) -}}
{{- end -}}
{{- end -}}
{{- if not $other -}}
{{- $_ := set $gateways $gateway.name (dict "edge" .edge "nature" $nature) -}}
{{- $nodePorts = concat $nodePorts $own -}}
{{- else if ne $other.nature $nature -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "NODE_PORT_TWICE" "entries" $own) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "GATEWAY_SHARED" "key" (printf "%sgateway.name" .prefix) "wrong" (printf "is %s, as is edges.%s.gateway.name, and their gateways, load balancer types or health checks differ" $gateway.name $other.edge) "set" "the same for both, or another name and other node ports") -}}
{{- else if has .Values.loadBalancer.type (list "network" "classic") -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "GATEWAY_SHARED" "key" (printf "%sgateway.name" .prefix) "wrong" (printf "is %s, as is edges.%s.gateway.name, and a Service has one load balancer" $gateway.name $other.edge) "set" "another name and other node ports") -}}
{{- end -}}
{{- if eq .Values.loadBalancer.type "application" -}}
{{- $ingresses = append $ingresses (dict "key" (printf "%singress.name" .prefix) "value" (include "istio-alb-ingress.ingressName" .)) -}}
{{- /* Members of an ingress group are one load balancer, and share its name. */ -}}
{{- if and .Values.ingress.loadBalancerName (not .Values.ingress.group.name) -}}
{{- $loadBalancers = append $loadBalancers (dict "key" (printf "%singress.loadBalancerName" .prefix) "value" .Values.ingress.loadBalancerName) -}}
{{- end -}}
{{- else if and (eq .Values.loadBalancer.type "network") .Values.network.name -}}
{{- $loadBalancers = append $loadBalancers (dict "key" (printf "%snetwork.name" .prefix) "value" .Values.network.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "NODE_PORT_TWICE" "entries" $nodePorts) -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "INGRESS_TWICE" "entries" $ingresses) -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "LOAD_BALANCER_TWICE" "entries" $loadBalancers) -}}
{{- if eq (len $whole) (len $edges) -}}
{{- include "istio-alb-ingress.withoutEffect" $whole -}}
{{- end -}}
{{- end -}}

{{/* All that a gateway and its Service are made of: edges with one gateway must agree on it. */}}
{{- define "istio-alb-ingress.gatewayNature" -}}
{{- $values := .Values -}}
{{- $health := include "istio-alb-ingress.healthCheck" . -}}
{{- toJson (list $values.gateway $values.loadBalancer.type $values.network $values.classic $health (eq $values.ingress.backendProtocolVersion "GRPC")) -}}
{{- end -}}

{{- define "istio-alb-ingress.contradictionsOfEdge" -}}
{{- $edge := . -}}
{{- $values := .Values -}}
{{- $ingress := .Values.ingress -}}
{{- $type := .Values.loadBalancer.type -}}

{{- /* Ports: no number twice. Node ports are compared over all edges. */ -}}
{{- $ports := list -}}
{{- range $name := list "status" "http2" "https" -}}
{{- $ports = append $ports (dict "key" (printf "%sgateway.ports.%s.port" $edge.prefix $name) "value" (get (get $values.gateway.ports $name) "port")) -}}
{{- end -}}
{{- $names := list -}}
{{- range $index, $port := $values.gateway.service.extraPorts -}}
{{- $key := printf "%sgateway.service.extraPorts[%d]" $edge.prefix $index -}}
{{- $ports = append $ports (dict "key" (printf "%s.port" $key) "value" $port.port) -}}
{{- $names = append $names (dict "key" (printf "%s.name" $key) "value" $port.name) -}}
{{- end -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "PORT_TWICE" "entries" $ports) -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "PORT_NAME_TWICE" "entries" $names) -}}
{{- if and (eq $type "application") $ingress.listeners.http.enabled $ingress.listeners.https.enabled -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "LISTEN_PORT_TWICE" "entries" (list (dict "key" (printf "%singress.listeners.http.port" .prefix) "value" $ingress.listeners.http.port) (dict "key" (printf "%singress.listeners.https.port" .prefix) "value" $ingress.listeners.https.port))) -}}
{{- end -}}

{{- /* The health check of the load balancer's kind, and a drain that outlasts it. */ -}}
{{- $check := include "istio-alb-ingress.healthCheck" . | fromJson -}}
{{- $key := include "istio-alb-ingress.healthCheckKey" . -}}
{{- if ge $check.timeoutSeconds $check.intervalSeconds -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "TIMEOUT_NOT_BELOW_INTERVAL" "key" (printf "%s%s.timeoutSeconds" .prefix $key) "wrong" (printf "is %.0f, and %s.intervalSeconds is %.0f" $check.timeoutSeconds $key $check.intervalSeconds) "set" "less than the interval") -}}
{{- end -}}
{{- $shortest := include "istio-alb-ingress.shortestDrainSeconds" . | int -}}
{{- $drain := int $values.gateway.drain.seconds -}}
{{- if and (gt $drain 0) (lt $drain $shortest) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "DRAIN_TOO_SHORT" "key" (printf "%sgateway.drain.seconds" .prefix) "wrong" (printf "is %d, but the health check of %s needs %d to see a pod go" $drain $key $shortest) "set" (printf "%d or more, or 0 to have it derived" $shortest)) -}}
{{- end -}}
{{- $autoscaling := $values.gateway.workload.autoscaling -}}
{{- if gt $autoscaling.minReplicas $autoscaling.maxReplicas -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "REPLICAS_REVERSED" "key" (printf "%sgateway.workload.autoscaling.minReplicas" .prefix) "wrong" (printf "is %.0f, and maxReplicas is %.0f" $autoscaling.minReplicas $autoscaling.maxReplicas) "set" "no more than maxReplicas") -}}
{{- end -}}

{{- /* Names that are AWS's, a registry that is no more. */ -}}
{{- $names := dict "ingress.loadBalancerName" $ingress.loadBalancerName "network.name" $values.network.name -}}
{{- range $key, $name := $names -}}
{{- if hasPrefix "internal-" $name -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "NAME_RESERVED" "key" (printf "%s%s" $edge.prefix $key) "wrong" (printf "is %q, and AWS keeps the prefix internal- to itself" $name) "set" "another name") -}}
{{- end -}}
{{- end -}}
{{- if eq $values.gateway.istioOperator.hub "gcr.io/istio-release" -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "HUB_ABANDONED" "key" (printf "%sgateway.istioOperator.hub" .prefix) "wrong" "is gcr.io/istio-release, which receives no Istio from 1.31 on" "set" "docker.io/istio") -}}
{{- end -}}

{{- /* Routes: names are names of actions; weights where there is a choice. */ -}}
{{- $names := list -}}
{{- range $index, $route := $ingress.routes -}}
{{- $key := printf "%singress.routes[%d]" $edge.prefix $index -}}
{{- $names = append $names (dict "key" (printf "%s.name" $key) "value" $route.name) -}}
{{- $path := default "/" $route.path -}}
{{- if and (ne (default "Prefix" $route.pathType) "ImplementationSpecific") (regexMatch "[*?]" $path) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ROUTE_WILDCARD" "key" (printf "%s.path" $key) "wrong" (printf "is %q, and only paths of pathType ImplementationSpecific have wildcards" $path) "set" "pathType to ImplementationSpecific") -}}
{{- end -}}
{{- if gt (len (default list $route.forward)) 1 -}}
{{- range $place, $target := $route.forward -}}
{{- if not (hasKey $target "weight") -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ROUTE_WEIGHT_MISSING" "key" (printf "%s.forward[%d].weight" $key $place) "wrong" "is not there, and there are several targets" "set" "a weight from 0 to 999") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "ROUTE_TWICE" "entries" $names) -}}
{{- if include "istio-alb-ingress.isGateway" . -}}
{{- include "istio-alb-ingress.contradictionsOfGateway" . -}}
{{- end -}}
{{- $names := list -}}
{{- range $index, $binding := $values.targetGroupBindings -}}
{{- $names = append $names (dict "key" (printf "%stargetGroupBindings[%d].name" $edge.prefix $index) "value" $binding.name) -}}
{{- end -}}
{{- include "istio-alb-ingress.distinct" (dict "code" "BINDING_TWICE" "entries" $names) -}}

{{- /* Annotations and attributes that a value sets. */ -}}
{{- include "istio-alb-ingress.ownedAnnotations" . -}}
{{- range $attribute, $owner := include "istio-alb-ingress.attributeOwners" . | fromYaml -}}
{{- $place := splitList " " $owner | first -}}
{{- $setter := splitList " " $owner | last -}}
{{- if hasKey (ternary $ingress.loadBalancerAttributes $values.network.attributes (eq $place "ingress.loadBalancerAttributes")) $attribute -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "ATTRIBUTE_OWNED" "key" (printf "%s%s" $edge.prefix $place) "wrong" (printf "has %s, which %s sets" $attribute $setter) "set" $setter) -}}
{{- end -}}
{{- end -}}
{{- end -}}
