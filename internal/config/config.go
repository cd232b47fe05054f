// Package config is the one description of how a server is set up: defaults, then a YAML file, then OWNSIGHT_*
// variables, then flags. It is checked in whole before anything opens.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"ownsight"
	"ownsight/internal/kms"
)

// Config is everything an operator can set. The yaml key is the file's; the variable is OWNSIGHT_ and the key in upper
// case with _ for . and -.
type Config struct {
	// Data is the folder that holds everything: state, S3 objects, credentials. Made when absent, mode 0700.
	Data string `yaml:"data"`
	// Listen is HOST:PORT of the one port that speaks everything; loopback unless told otherwise. Port 0 takes a free one.
	Listen string `yaml:"listen"`
	// Database is a postgres:// URL; empty means SQLite in the data folder.
	Database string `yaml:"database"`
	// Log is the least level that is written to standard error: debug, info, warn or error.
	Log string `yaml:"log"`
	// LogFormat is how: text, or json with an object a line.
	LogFormat string `yaml:"log-format"`
	// Trace is http(s)://HOST[:PORT][/PATH] of an OpenTelemetry collector that is told what requests and jobs spend their time on,
	// by OTLP over HTTP; empty tells nobody.
	Trace string `yaml:"trace"`
	// TraceShare is how many of all requests are traced, 0 to 1, where the client does not say by a traceparent.
	TraceShare float64 `yaml:"trace-share"`
	// TLS is the certificate that the port speaks TLS with; without one it speaks plain HTTP. And whom nodes trust.
	TLS TLS `yaml:"tls"`
	// Audit is the folder for the records of who asked for what; AuditOff keeps none. Empty is "audit" in the data folder.
	Audit string `yaml:"audit"`
	// AuditDays is for how many days they are kept; 0 is for ever.
	AuditDays int `yaml:"audit-days"`
	// Roles are what this node does: api, train, serve; see docs/operations.md. One alone does everything.
	Roles []string `yaml:"roles"`
	// Advertise is http(s)://HOST:PORT at which the nodes that share the database reach this one; empty makes it of Listen.
	Advertise string `yaml:"advertise"`
	// Units is how many inference units this node has; 0 means 4 a thread.
	Units int64 `yaml:"units"`
	// UnitPromises is how many times each unit may be reserved, for models that are idle most of the time. With 1 a
	// reservation holds whatever the others do.
	UnitPromises int64 `yaml:"unit-promises"`
	// SpareTime lets models have what nobody has reserved or uses, beyond their units.
	SpareTime bool `yaml:"spare-time"`
	// ModelMemory is how many bytes running models may take; those that were not asked for longest are loaded again when they
	// are. 0 means half of the machine's memory, or of what its container or service may have.
	ModelMemory int64 `yaml:"model-memory"`
	// Threads is how many pictures are looked at at the same time, one core each; 0 means every core.
	Threads int `yaml:"threads"`
	// Front is the arithmetic of the network that pictures are looked at with: float32, int8, or empty for what this
	// machine's CPU is right and quick at.
	Front string `yaml:"front"`
	// Runtime says which ONNX Runtime computes, and on what.
	Runtime Runtime `yaml:"runtime"`
	// Backbone is an ONNX file with another network for new trainings to stand on, see docs/guide/backbone.md; empty takes the
	// program's own. Models that were trained before keep running on theirs.
	Backbone string `yaml:"backbone"`
	// TrainSeconds bounds how long a training may fine-tune the network. It is counted by the costs of two cores of the
	// machine that bench/RESULTS.md names, not by the clock, so that the same data gives the same model on a busy machine;
	// 0 means what suits the data.
	TrainSeconds int64 `yaml:"train-seconds"`
	// Pixels is how many decoded pixels may lie in memory at the same time, for the whole process.
	Pixels int64 `yaml:"pixels"`
	// Regions are those that calls to the embedded S3 server may be signed for; the first is the default. The other
	// services take any region.
	Regions []string `yaml:"regions"`
	// S3 points at another S3 server; with an empty endpoint the embedded one serves under the data folder.
	S3 S3 `yaml:"s3"`
	// Places are regions that keep their images in an S3 server of their own, by the region's name. The others keep them in
	// S3, below a prefix each.
	Places map[string]S3 `yaml:"places"`
	// ImageRate is how many bytes a second imports, copies and exports of images may move together; 0 is no limit.
	ImageRate int64 `yaml:"image-rate"`
	// KMS are the keys that KmsKeyId may name. The path of a keyset is relative to the file's folder.
	KMS []kms.KeyConfig `yaml:"kms"`
	// Limits are the quotas of each account; 0 means no limit.
	Limits ownsight.Limits `yaml:"limits"`
}

// TLS are the paths of PEM files, which are read again when they change.
type TLS struct {
	Cert string `yaml:"cert"` // the server's certificate, and those between it and the root
	Key  string `yaml:"key"`  // of the first
	// CA are certificates of authorities that nodes trust, besides the system's, when they call each other at https://.
	CA string `yaml:"ca"`
}

// Runtime is ONNX Runtime.
type Runtime struct {
	// Library is the path of a shared library, such as the one in the package onnxruntime-gpu; empty takes the built-in one.
	Library string `yaml:"library"`
	// Provider is cpu or cuda; empty is cpu.
	Provider string `yaml:"provider"`
}

// S3 is where bytes lie, when not in the embedded server.
type S3 struct {
	Endpoint  string `yaml:"endpoint"`   // http(s)://host[:port]
	Region    string `yaml:"region"`     // the region that its signatures name
	AccessKey string `yaml:"access-key"` // may read and write Bucket, and the default account's buckets
	SecretKey string `yaml:"secret-key"`
	// Accounts are the keys of other accounts, by their number. An account that is not among them cannot use the server.
	Accounts map[string]S3Key `yaml:"accounts"`
	// Bucket holds models and running trainings; made when absent. No account reaches it. Servers that share an S3 server
	// but not their state each need one of their own.
	Bucket string `yaml:"bucket"`
}

// S3Key is a key of another S3 server.
type S3Key struct {
	AccessKey string `yaml:"access-key"`
	SecretKey string `yaml:"secret-key"`
}

// AuditOff is the value of Audit for a server that records nothing.
const AuditOff = "off"

var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)

// Default is the configuration of `ownsight serve` without any argument.
func Default() Config {
	return Config{
		Data:   "ownsight-data",
		Listen: "127.0.0.1:8600",
		Log:    "info", LogFormat: "text",
		TraceShare: 0.01,
		Pixels:     96 << 20,
		Roles:      []string{string(ownsight.RoleAPI), string(ownsight.RoleTrain), string(ownsight.RoleServe)},
		// A machine of two cores runs 1600 models of a unit, of which it can answer for 8 at full load.
		UnitPromises: 200,
		SpareTime:    true,
		// Those of Custom Labels.
		Regions: []string{
			ownsight.DefaultRegion, "us-east-2", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2",
			"ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		},
		S3:     S3{Region: ownsight.DefaultRegion, Bucket: "ownsight-system"},
		Limits: ownsight.DefaultLimits(),
	}
}

// Load lays the file (none when empty) and the environment over the defaults. An unknown key is an error that names it.
func Load(file string, environ []string) (Config, error) {
	c := Default()
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("configuration file: %w", err)
		}
		// Of a document without content the library would make an empty configuration.
		if err := yaml.UnmarshalWithOptions(b, &c, yaml.Strict()); errors.Is(err, io.EOF) || c.empty() {
			c = Default()
		} else if err != nil {
			return c, fmt.Errorf("configuration file %s: %s", file, yaml.FormatError(err, false, true))
		}
		if err := c.locateKeysets(filepath.Dir(file)); err != nil {
			return c, err
		}
	}
	vars := map[string]string{}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			vars[k] = v
		}
	}
	return c, overlay(reflect.ValueOf(&c).Elem(), "OWNSIGHT", vars)
}

// locateKeysets makes the paths of keysets absolute. They belong to the file, not to the data folder: whoever gets hold
// of that one should not find the keys in it.
func (c *Config) locateKeysets(folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	for i := range c.KMS {
		if k := &c.KMS[i]; k.Keyset != "" && !filepath.IsAbs(k.Keyset) {
			k.Keyset = filepath.Join(folder, k.Keyset)
		}
	}
	return nil
}

func (c Config) empty() bool { return reflect.ValueOf(c).IsZero() }

// overlay sets each member whose variable is present.
func overlay(v reflect.Value, prefix string, vars map[string]string) error {
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("yaml")
		name := prefix + "_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
		f := v.Field(i)
		if f.Kind() == reflect.Struct {
			if err := overlay(f, name, vars); err != nil {
				return err
			}
			continue
		}
		text, ok := vars[name]
		if !ok {
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(text)
		case reflect.Slice, reflect.Map:
			names, ok := f.Addr().Interface().(*[]string)
			if !ok {
				return fmt.Errorf("%s: %s can only be set in the file", name, key)
			}
			*names = strings.Split(text, ",")
		case reflect.Bool:
			b, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("%s: %q is neither true nor false", name, text)
			}
			f.SetBool(b)
		case reflect.Float64:
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("%s: %q is not a number", name, text)
			}
			f.SetFloat(n)
		default:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return fmt.Errorf("%s: %q is not a whole number", name, text)
			}
			f.SetInt(n)
		}
	}
	return nil
}

// Check completes the configuration (absolute paths, cores) and reports every mistake in it at once.
func (c *Config) Check() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if abs, err := filepath.Abs(c.Data); c.Data == "" || err != nil {
		bad("data: needs the path of a folder")
	} else {
		c.Data = abs
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("listen: %q is not HOST:PORT, such as 127.0.0.1:8600", c.Listen)
	}
	if _, err := c.LogLevel(); err != nil {
		bad("log: %q is none of debug, info, warn, error", c.Log)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		bad("log-format: %q is neither text nor json", c.LogFormat)
	}
	if u, err := url.Parse(c.Trace); c.Trace != "" && (err != nil || !isTraceEndpoint(u)) {
		bad("trace: not the http(s)://HOST:PORT address of an OpenTelemetry collector, such as http://127.0.0.1:4318; keys for it belong into OTEL_EXPORTER_OTLP_HEADERS")
	}
	if !(c.TraceShare >= 0 && c.TraceShare <= 1) {
		bad("trace-share: %v is no share from 0 to 1", c.TraceShare)
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		bad("tls: cert and key belong together")
	}
	for _, path := range []*string{&c.TLS.Cert, &c.TLS.Key, &c.TLS.CA} {
		if abs, err := filepath.Abs(*path); *path != "" && err == nil { // the working directory changes later
			*path = abs
		}
	}
	if c.Audit == "" {
		c.Audit = filepath.Join(c.Data, "audit")
	} else if abs, err := filepath.Abs(c.Audit); err == nil && c.Audit != AuditOff {
		c.Audit = abs
	}
	if c.AuditDays < 0 {
		bad("audit-days: %d is negative; 0 keeps records for ever", c.AuditDays)
	}
	if c.Threads < 0 {
		bad("threads: %d is negative; 0 takes every core", c.Threads)
	} else if c.Threads == 0 {
		c.Threads = runtime.GOMAXPROCS(0)
	}
	if _, err := c.NodeRoles(); err != nil {
		bad("%v", err)
	}
	if u, err := url.Parse(c.Advertise); c.Advertise != "" && (err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https") {
		bad("advertise: %q is not an http(s)://HOST:PORT address", c.Advertise)
	}
	if c.Units < 0 {
		bad("units: %d is negative; 0 means %d a thread", c.Units, unitsPerThread)
	} else if c.Units == 0 {
		c.Units = int64(unitsPerThread * c.Threads)
	}
	if c.UnitPromises < 1 {
		bad("unit-promises: %d; a unit can be promised once at least", c.UnitPromises)
	}
	if c.ModelMemory < 0 {
		bad("model-memory: %d is negative; 0 means half of the machine's", c.ModelMemory)
	}
	if c.Front != "" && c.Front != "float32" && c.Front != "int8" {
		bad("front: %q is neither float32 nor int8, nor empty for what suits the machine", c.Front)
	}
	switch c.Runtime.Provider {
	case "":
		c.Runtime.Provider = "cpu"
	case "cpu", "cuda":
	default:
		bad("runtime.provider: %q is neither cpu nor cuda", c.Runtime.Provider)
	}
	if c.Runtime.Library != "" {
		if abs, err := filepath.Abs(c.Runtime.Library); err == nil {
			c.Runtime.Library = abs
		}
	}
	if c.Backbone != "" {
		if abs, err := filepath.Abs(c.Backbone); err == nil { // the working directory changes later
			c.Backbone = abs
		}
	}
	if c.TrainSeconds < 0 {
		bad("train-seconds: %d is negative; 0 means what suits the data", c.TrainSeconds)
	}
	if c.Pixels < 4096*4096 {
		bad("pixels: %d is less than one picture of 4096x4096 (%d)", c.Pixels, 4096*4096)
	}
	if c.ImageRate < 0 {
		bad("image-rate: %d is negative; 0 is no limit", c.ImageRate)
	}
	if c.Database != "" && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		bad("database: needs a postgres:// URL, or nothing for SQLite in the data folder")
	}
	if len(c.Regions) == 0 {
		bad("regions: at least one is needed, such as %s", ownsight.DefaultRegion)
	}
	for i, r := range c.Regions {
		if !ownsight.ValidRegion(r) || slices.Contains(c.Regions[:i], r) {
			bad("regions: %q is not a region such as eu-central-1, or is there twice", r)
		}
	}
	c.S3.check("s3", bad)
	if c.S3.Endpoint == "" && len(c.S3.Accounts) > 0 {
		bad("s3.accounts: keys have no use without s3.endpoint; keys for the embedded server come from `ownsight account create`")
	}
	for _, region := range slices.Sorted(maps.Keys(c.Places)) {
		place := c.Places[region]
		if !ownsight.ValidRegion(region) {
			bad("places: %q is not a region such as eu-central-1", region)
		}
		if place.Endpoint == "" {
			bad("places.%s: needs the endpoint of an S3 server; a region without one keeps its images in the usual one", region)
		}
		place.Bucket = cmp.Or(place.Bucket, Default().S3.Bucket)
		place.Region = cmp.Or(place.Region, region)
		place.check("places."+region, bad)
		c.Places[region] = place
	}
	limits := reflect.ValueOf(c.Limits)
	for i := range limits.NumField() {
		if v := limits.Field(i); v.CanInt() && v.Int() < 0 || v.CanFloat() && !(v.Float() >= 0) {
			bad("limits.%s: %v is negative; 0 means no limit", limits.Type().Field(i).Tag.Get("yaml"), v)
		}
	}
	if err := kms.Check(c.KMS); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// ImageRegions are the regions that images can be in.
func (c *Config) ImageRegions() []string {
	regions := slices.Clone(c.Regions)
	for _, region := range slices.Sorted(maps.Keys(c.Places)) {
		if !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	return regions
}

// check reports the mistakes in a description of an S3 server, which the file has under a name.
func (s S3) check(name string, bad func(format string, args ...any)) {
	if !bucketPattern.MatchString(s.Bucket) {
		bad("%s.bucket: %q is not the name of a bucket: 3 to 63 small letters, digits and -", name, s.Bucket)
	}
	if s.Endpoint != "" {
		if u, err := url.Parse(s.Endpoint); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			bad("%s.endpoint: %q is not an http(s)://HOST address", name, s.Endpoint)
		}
		if s.AccessKey == "" || s.SecretKey == "" {
			bad("%s: an endpoint of your own needs access-key and secret-key", name)
		}
	}
	for id, key := range s.Accounts {
		if !ownsight.ValidAccount(id) || id == ownsight.SystemAccount {
			bad(`%s.accounts: %q is not the number of an account: twelve digits in quotes, such as "444455556666"`, name, id)
		}
		if key.AccessKey == "" || key.SecretKey == "" {
			bad("%s.accounts: %s needs access-key and secret-key", name, id)
		}
	}
}

// isTraceEndpoint refuses what could be a secret: the address is logged.
func isTraceEndpoint(u *url.URL) bool {
	return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// unitsPerThread is how many inference units a core is good for.
const unitsPerThread = 4

// NodeRoles are Roles as they are meant.
func (c *Config) NodeRoles() (ownsight.Roles, error) {
	return ownsight.ParseRoles(strings.Join(c.Roles, ","))
}

// LogLevel is Log as slog knows it.
func (c *Config) LogLevel() (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(c.Log))
	return l, err
}
