package main

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// certificateNames are the host names that values.yaml asks of a certificate, for the release that render makes.
func certificateNames(values string) ([]string, error) {
	b, err := os.ReadFile(values)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^#   (\S*NAME\S*\.NAMESPACE\.svc) `).FindAllStringSubmatch(string(b), -1) {
		names = append(names, strings.NewReplacer("NAMESPACE", "vision", "NAME", "own-ownsight").Replace(m[1]))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s does not say which names a certificate needs", values)
	}
	return names, nil
}

// certified demands, of a release with TLS, that a certificate for the documented names is one for every name that nodes, clients
// and Prometheus use, and that nodes and Prometheus know who signed it.
func certified(name string, objects []runtime.Object, names []string) (problems list) {
	certificate := x509.Certificate{DNSNames: names}
	holds := func(whose, host string) {
		if err := certificate.VerifyHostname(host); err != nil {
			problems.add("%s: %s: %w", name, whose, err)
		}
	}
	secret := ""
	for _, o := range objects {
		set, ok := o.(*apps.StatefulSet)
		if !ok {
			continue
		}
		volumes, pod := map[string]string{}, set.Spec.Template.Spec
		for _, v := range pod.Volumes {
			if v.Secret != nil {
				volumes[v.Name] = v.Secret.SecretName
			}
		}
		mounts, variables := map[string]string{}, map[string]string{}
		for _, m := range pod.Containers[0].VolumeMounts {
			mounts[m.MountPath] = volumes[m.Name]
		}
		for _, e := range pod.Containers[0].Env {
			variables[e.Name] = e.Value
		}
		if variables["OWNSIGHT_TLS_CERT"] == "" {
			continue
		}
		secret = mounts[path.Dir(variables["OWNSIGHT_TLS_CERT"])]
		if ca := variables["OWNSIGHT_TLS_CA"]; ca == "" || secret == "" || mounts[path.Dir(ca)] != secret {
			problems.add("%s: %s: nodes do not know who signed their certificates", name, set.Name)
		}
		advertised, err := url.Parse(strings.ReplaceAll(variables["OWNSIGHT_ADVERTISE"], "$(POD_NAME)", set.Name+"-0"))
		if err != nil || advertised.Scheme != "https" {
			problems.add("%s: %s: nodes say that they are at %s: %v", name, set.Name, variables["OWNSIGHT_ADVERTISE"], err)
			continue
		}
		holds("nodes", advertised.Hostname())
	}
	if secret == "" {
		return problems
	}
	for _, o := range objects {
		switch o := o.(type) {
		case *core.Service:
			if o.Spec.ClusterIP != core.ClusterIPNone {
				holds("clients", o.Name+"."+o.Namespace+".svc")
			}
		case *monitoring.ServiceMonitor:
			t := o.Spec.Endpoints[0].TLSConfig
			if t == nil || t.ServerName == nil || t.CA.Secret == nil || t.CA.Secret.Name != secret {
				problems.add("%s: Prometheus does not know who signed the nodes' certificate", name)
				continue
			}
			holds("Prometheus", *t.ServerName)
		}
	}
	return problems
}

// provided demands that nodes of running models promise no more units than they have CPUs for: a quarter of one each.
func provided(name string, set *apps.StatefulSet) (problems list) {
	c := set.Spec.Template.Spec.Containers[0]
	if set.Spec.Template.Labels["ownsight.dev/serve"] == "" {
		return nil
	}
	units := ""
	for _, e := range c.Env {
		if e.Name == "OWNSIGHT_UNITS" {
			units = e.Value
		}
	}
	cpu, limited := c.Resources.Limits[core.ResourceCPU]
	if !limited {
		cpu = c.Resources.Requests[core.ResourceCPU]
	}
	var n int64
	if _, err := fmt.Sscan(units, &n); err != nil || n == 0 && !limited || n*250 > cpu.MilliValue() {
		problems.add("%s: %s: %q units of %s CPUs", name, set.Name, units, cpu.String())
	}
	return problems
}
