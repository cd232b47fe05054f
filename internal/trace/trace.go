// Package trace tells a collector of OpenTelemetry's what requests and jobs spent their time on. Where nobody listens, and
// for requests that are not in the sample, it costs a look into the context and allocates nothing.
//
// A span says which step failed and never why: what errors say, and what requests hold, stays here. The log has it under the
// request's id.
package trace

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Header is the header of HTTP that names the span that a request was sent from.
// See https://www.w3.org/TR/trace-context/.
const Header = "Traceparent"

const (
	// farewell is how long the spans that have not been sent may hold up the end of the program.
	farewell = time.Second
	// sending is how long a batch of spans may take. Meanwhile others wait, and beyond a few thousand they are dropped.
	sending = 5 * time.Second
	// What a span keeps at most: characters of a text, for which an ARN fits, texts of a list, and attributes.
	longest, mostTexts, mostAttributes = 2048, 8, 32
)

// Options say where spans go.
type Options struct {
	Endpoint string  // http(s)://HOST[:PORT][/PATH] of an OTLP/HTTP receiver, above v1/traces; empty makes no spans
	Share    float64 // 0..1: of requests whose client has not decided
	Version  string  // of the program
	Node     string  // this server's name among others
	Log      *slog.Logger
	// Code names an error that is an answer and no fault, such as that a model is not known; empty for faults. Nil names none.
	Code func(error) string
}

// Tracer makes spans and sends them away. A nil Tracer makes none.
type Tracer struct {
	provider *sdk.TracerProvider
	spans    trace.Tracer
	code     func(error) string
}

// Open begins to send; nil where Options name no endpoint. A receiver that is not there is none of its errors: spans are
// dropped and a warning is logged now and then. Headers and certificates for it come from the variables
// OTEL_EXPORTER_OTLP_*.
func Open(o Options) (*Tracer, error) {
	if o.Endpoint == "" {
		return nil, nil
	}
	otel.SetErrorHandler(&complaints{log: o.Log, now: time.Now})
	address, err := url.JoinPath(o.Endpoint, "v1/traces")
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(address), otlptracehttp.WithTimeout(sending))
	if err != nil {
		return nil, err
	}
	return newTracer(o, sdk.WithBatcher(exporter, sdk.WithExportTimeout(sending)))
}

func newTracer(o Options, to sdk.TracerProviderOption) (*Tracer, error) {
	own := resource.NewSchemaless(attribute.String("service.name", "ownsight"), attribute.String("service.version", o.Version),
		attribute.String("service.instance.id", o.Node))
	whole, err := resource.Merge(own, resource.Environment()) // an operator's names for a server go before ours
	if err != nil {
		return nil, err
	}
	limits := sdk.NewSpanLimits()
	limits.AttributeValueLengthLimit, limits.AttributeCountLimit = longest, mostAttributes
	provider := sdk.NewTracerProvider(to, sdk.WithResource(whole), sdk.WithRawSpanLimits(limits),
		sdk.WithSampler(sdk.ParentBased(roots{sdk.TraceIDRatioBased(o.Share)})))
	if o.Code == nil {
		o.Code = func(error) string { return "" }
	}
	return &Tracer{provider, provider.Tracer("ownsight"), o.Code}, nil
}

// Close sends what has not been sent yet, for a second at most.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

type tracerKey struct{}

// Context is one below which Serve, Continue and Job begin spans.
func (t *Tracer) Context(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, tracerKey{}, t)
}

func tracerOf(ctx context.Context) *Tracer {
	t, _ := ctx.Value(tracerKey{}).(*Tracer)
	return t
}

// roots decides about traces that begin here: all jobs, of which there are few, and a share of requests.
type roots struct{ requests sdk.Sampler }

func (r roots) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	if p.Kind == trace.SpanKindConsumer {
		return sdk.SamplingResult{Decision: sdk.RecordAndSample}
	}
	return r.requests.ShouldSample(p)
}

// Description is the sampler's name.
func (r roots) Description() string { return "jobs and " + r.requests.Description() }
