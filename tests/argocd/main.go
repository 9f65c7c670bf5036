// Command argocd runs the parts of Argo CD that a chart meets, without a cluster and without a server of its own. It reads one object
// from stdin, as JSON or YAML, and writes JSON:
//
//	argocd render   an Application: its objects, by the repo server
//	argocd expand   an ApplicationSet: its Applications, by the ApplicationSet controller
//	argocd health   a live object: its health, by the application controller
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/ignore"
	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/cache"
	"github.com/argoproj/argo-cd/v3/reposerver/metrics"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	cacheutil "github.com/argoproj/argo-cd/v3/util/cache"
	"github.com/argoproj/argo-cd/v3/util/git"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// settings are what the application controller tells the repo server beside the Application: the destination's discovery, and how
// argocd-cm wants objects tracked.
type settings struct {
	kubeVersion    string
	apiVersions    []string
	trackingMethod string
}

// rendered is what the repo server makes of an Application; what the controller then ignores stands apart.
type rendered struct {
	Objects []*unstructured.Unstructured `json:"objects"`
	Ignored []*unstructured.Unstructured `json:"ignored"`
}

func main() {
	// Its logs would mix with the error that ends a command: the common one, and those it makes for each process.
	logrus.SetOutput(io.Discard)
	os.Setenv(common.EnvLogLevel, logrus.PanicLevel.String())
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string, input io.Reader, output io.Writer) error {
	if len(arguments) == 0 {
		return errors.New("usage: argocd render|expand|health < OBJECT")
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	kubeVersion := flags.String("kube-version", "", "the cluster's version")
	apiVersions := flags.String("api-versions", "", "the cluster's groups, versions and kinds, by comma")
	trackingMethod := flags.String("tracking", string(v1alpha1.TrackingMethodAnnotation), "annotation, label or annotation+label")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	text, err := io.ReadAll(input)
	if err != nil {
		return err
	}
	var result any
	switch arguments[0] {
	case "render":
		result, err = render(text, settings{*kubeVersion, strings.Split(*apiVersions, ","), *trackingMethod})
	case "expand":
		result, err = expand(text)
	case "health":
		result, err = assess(text)
	default:
		err = fmt.Errorf("no such command: %s", arguments[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(output).Encode(result)
}

// render asks a repo server of its own, as appStateManager.GetRepoObjs does.
func render(text []byte, settings settings) (*rendered, error) {
	var application v1alpha1.Application
	if err := yaml.UnmarshalStrict(text, &application); err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp("", "istio-alb-argocd-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	memory := cacheutil.NewCache(cacheutil.NewInMemoryCache(time.Hour))
	server := repository.NewService(
		metrics.NewMetricsServer(),
		cache.NewCache(memory, time.Hour, time.Hour, time.Minute),
		repository.RepoServerInitConstants{HelmManifestMaxExtractedSize: 1 << 30},
		git.NoopCredsStore{},
		root,
	)
	source := application.Spec.GetSource()
	response, err := server.GenerateManifest(context.Background(), &apiclient.ManifestRequest{
		Repo:              &v1alpha1.Repository{Repo: source.RepoURL},
		Revision:          source.TargetRevision,
		AppLabelKey:       common.LabelKeyAppInstance,
		AppName:           application.InstanceName(application.Namespace),
		Namespace:         application.Spec.Destination.Namespace,
		ApplicationSource: &source,
		KubeVersion:       settings.kubeVersion,
		ApiVersions:       settings.apiVersions,
		TrackingMethod:    settings.trackingMethod,
		ProjectName:       application.Spec.Project,
	})
	if err != nil {
		return nil, err
	}
	result := &rendered{Objects: []*unstructured.Unstructured{}, Ignored: []*unstructured.Unstructured{}}
	for _, manifest := range response.Manifests {
		object, err := v1alpha1.UnmarshalToUnstructured(manifest)
		if err != nil {
			return nil, err
		}
		if ignore.Ignore(object) {
			result.Ignored = append(result.Ignored, object)
		} else {
			result.Objects = append(result.Objects, object)
		}
	}
	return result, nil
}

// expand knows the list generator, the one that asks nobody.
func expand(text []byte) ([]v1alpha1.Application, error) {
	var set v1alpha1.ApplicationSet
	if err := yaml.UnmarshalStrict(text, &set); err != nil {
		return nil, err
	}
	known := map[string]generators.Generator{"List": generators.NewListGenerator()}
	log := logrus.NewEntry(logrus.StandardLogger())
	applications, _, err := template.GenerateApplications(log, set, known, &utils.Render{}, nil)
	return applications, err
}

// assess is null of a kind whose health Argo CD does not know.
func assess(text []byte) (*health.HealthStatus, error) {
	var object unstructured.Unstructured
	if err := yaml.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	return health.GetResourceHealth(&object, lua.ResourceHealthOverrides{})
}
