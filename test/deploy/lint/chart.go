package main

import (
	"fmt"
	"path/filepath"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"helm.sh/helm/v3/pkg/releaseutil"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
)

// kubernetes is the oldest version that the chart says it runs on.
var kubernetes = chartutil.KubeVersion{Version: "v1.30.0", Major: "1", Minor: "30"}

// chart renders the chart with each file of values in ci/, and refused values, as `helm lint --strict` and `helm template` do;
// what comes out must be what the Kubernetes API knows, member by member, and hang together.
func chart(folder string) (string, error) {
	var problems list
	files, err := filepath.Glob(filepath.Join(folder, "ci", "*-values.yaml"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("no values in ci/: %w", err)
	}
	names, err := certificateNames(filepath.Join(folder, "values.yaml"))
	if err != nil {
		return "", err
	}
	count := 0
	for _, file := range files {
		values, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return "", err
		}
		name := filepath.Base(file)
		for _, m := range lint.AllWithKubeVersion(folder, values, "vision", &kubernetes).Messages {
			if m.Severity >= support.WarningSev {
				problems.add("%s: %s", name, m)
			}
		}
		manifest, err := render(folder, values)
		if err != nil {
			problems.add("%s: %w", name, err)
			continue
		}
		objects, err := decode(manifest)
		if err != nil {
			problems.add("%s: %w", name, err)
		}
		problems = append(problems, coherent(name, objects)...)
		problems = append(problems, certified(name, objects, names)...)
		count += len(objects)
	}
	for what, change := range refused {
		values, err := chartutil.ReadValuesFile(filepath.Join(folder, "ci", "plain-values.yaml"))
		if err != nil {
			return "", err
		}
		if _, err := render(folder, chartutil.CoalesceTables(change, values)); err == nil {
			problems.add("values are not refused: %s", what)
		}
	}
	return fmt.Sprintf("%d objects of %d sets of values, %d sets refused", count, len(files), len(refused)), problems.err()
}

// refused are values that must not render.
var refused = map[string]map[string]any{
	"a role that there is not":   {"pools": map[string]any{"serve": map[string]any{"roles": []any{"api", "cook"}}}},
	"nobody trains":              {"pools": map[string]any{"train": map[string]any{"replicas": 0}}},
	"no S3 server":               {"s3": map[string]any{"endpoint": ""}},
	"a database that is no URL":  {"secret": map[string]any{"database": "localhost"}},
	"a bucket that is no bucket": {"s3": map[string]any{"bucket": "My_Bucket"}},
	"a value that nobody reads":  {"replicas": 3},
	"a variable of others":       {"pools": map[string]any{"serve": map[string]any{"env": map[string]any{"LD_PRELOAD": "x"}}}},
}

func render(folder string, values map[string]any) (string, error) {
	c, err := loader.LoadDir(folder)
	if err != nil {
		return "", err
	}
	install := action.NewInstall(new(action.Configuration))
	install.ClientOnly, install.DryRun, install.KubeVersion = true, true, &kubernetes
	install.ReleaseName, install.Namespace = "own", "vision"
	release, err := install.Run(c, values)
	if err != nil {
		return "", err
	}
	return release.Manifest, nil
}

// decode reads a manifest as the API server would with strict field validation.
func decode(manifest string) (objects []runtime.Object, err error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apps.AddToScheme, core.AddToScheme, networking.AddToScheme, policy.AddToScheme, monitoring.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	var problems list
	for _, document := range releaseutil.SplitManifests(manifest) {
		object, kind, err := strict.Decode([]byte(document), nil, nil)
		if err != nil {
			problems.add("%v: %w", kind, err)
			continue
		}
		objects = append(objects, object)
	}
	return objects, problems.err()
}

// coherent holds the objects against each other.
func coherent(name string, objects []runtime.Object) (problems list) {
	var sets []*apps.StatefulSet
	services, maps, secrets := map[string]*core.Service{}, map[string]bool{}, map[string]bool{}
	for _, o := range objects {
		switch o := o.(type) {
		case *apps.StatefulSet:
			sets = append(sets, o)
		case *core.Service:
			services[o.Name] = o
		case *core.ConfigMap:
			maps[o.Name] = true
		case *core.Secret:
			secrets[o.Name] = true
		}
	}
	selects := func(what string, selector map[string]string) {
		for _, set := range sets {
			if labels.SelectorFromSet(selector).Matches(labels.Set(set.Spec.Template.Labels)) {
				return
			}
		}
		problems.add("%s: %s selects no pods", name, what)
	}
	for _, o := range objects {
		switch o := o.(type) {
		case *core.Service:
			selects("service "+o.Name, o.Spec.Selector)
		case *policy.PodDisruptionBudget:
			selects("budget "+o.Name, o.Spec.Selector.MatchLabels)
		case *networking.NetworkPolicy:
			selects("policy "+o.Name, o.Spec.PodSelector.MatchLabels)
		case *monitoring.ServiceMonitor:
			found := false
			for _, s := range services {
				if labels.SelectorFromSet(o.Spec.Selector.MatchLabels).Matches(labels.Set(s.Labels)) {
					found = found || s.Spec.ClusterIP == core.ClusterIPNone && s.Spec.Ports[0].Name == o.Spec.Endpoints[0].Port
				}
			}
			if !found {
				problems.add("%s: the monitor asks no service of single nodes", name)
			}
		}
	}
	for _, set := range sets {
		problems = append(problems, hardened(name, set)...)
		problems = append(problems, provided(name, set)...)
		if s := services[set.Spec.ServiceName]; s == nil || s.Spec.ClusterIP != core.ClusterIPNone {
			problems.add("%s: %s: pods have no names, for there is no headless service %s", name, set.Name, set.Spec.ServiceName)
		}
		selects("set "+set.Name, set.Spec.Selector.MatchLabels)
		for _, v := range set.Spec.Template.Spec.Volumes {
			if v.ConfigMap != nil && !maps[v.ConfigMap.Name] {
				problems.add("%s: %s: there is no ConfigMap %s", name, set.Name, v.ConfigMap.Name)
			}
		}
		for _, e := range set.Spec.Template.Spec.Containers[0].Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil && len(secrets) > 0 && !secrets[e.ValueFrom.SecretKeyRef.Name] {
				problems.add("%s: %s: there is no Secret %s", name, set.Name, e.ValueFrom.SecretKeyRef.Name)
			}
		}
	}
	return problems
}

// hardened demands what the restricted Pod Security Standard does, a root file system that cannot be written, and probes of a
// port that is there.
func hardened(name string, set *apps.StatefulSet) (problems list) {
	pod, c := set.Spec.Template.Spec, set.Spec.Template.Spec.Containers[0]
	is := func(what string, ok bool) {
		if !ok {
			problems.add("%s: %s: %s", name, set.Name, what)
		}
	}
	yes, no := func(b *bool) bool { return b != nil && *b }, func(b *bool) bool { return b != nil && !*b }
	is("runs as root", pod.SecurityContext != nil && yes(pod.SecurityContext.RunAsNonRoot))
	is("has no seccomp profile", pod.SecurityContext.SeccompProfile != nil && pod.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault)
	is("has a token of the API server", no(pod.AutomountServiceAccountToken))
	is("may gain privileges", c.SecurityContext != nil && no(c.SecurityContext.AllowPrivilegeEscalation))
	is("may write its root", yes(c.SecurityContext.ReadOnlyRootFilesystem))
	is("keeps capabilities", c.SecurityContext.Capabilities != nil && strings.Contains(fmt.Sprint(c.SecurityContext.Capabilities.Drop), "ALL"))
	is("stops before its jobs have come to a good end", *pod.TerminationGracePeriodSeconds >= 50)
	ports := map[string]bool{}
	for _, p := range c.Ports {
		ports[p.Name] = true
	}
	for what, p := range map[string]*core.Probe{"/healthz startup": c.StartupProbe, "/healthz liveness": c.LivenessProbe, "/readyz readiness": c.ReadinessProbe} {
		path, _, _ := strings.Cut(what, " ")
		is(what+" is not asked", p != nil && p.HTTPGet.Path == path && ports[p.HTTPGet.Port.StrVal])
	}
	mounts := map[string]bool{}
	for _, m := range c.VolumeMounts {
		mounts[m.MountPath] = true
	}
	is("keeps no data", mounts["/var/lib/ownsight"] && len(set.Spec.VolumeClaimTemplates) == 1)
	is("has nowhere to write for a while", mounts["/tmp"])
	return problems
}
