package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

const (
	sampled   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

var errRefused = errors.New("refused")

// recorder is a tracer that keeps what it would send, and a context that it is in.
func recorder(t *testing.T, share float64) (context.Context, *tracetest.InMemoryExporter) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	tracer, err := newTracer(Options{Share: share, Version: "test", Node: "a", Code: func(err error) string {
		if errors.Is(err, errRefused) {
			return "refused"
		}
		return ""
	}}, sdk.WithSyncer(kept))
	require.NoError(t, err)
	return tracer.Context(t.Context()), kept
}

func TestARequestAndItsParts(t *testing.T) {
	ctx, kept := recorder(t, 1)
	ctx, request := Serve(ctx, "", "request")
	inner, part := Begin(ctx, "part")
	_, deeper := Call(inner, "deeper")
	deeper.End(errRefused)
	part.End(errors.New("dial postgres://me:secret@db"))
	request.Name("Service.Operation")
	request.Int("status", 500)
	request.Fail()
	request.End(nil)

	spans := kept.GetSpans()
	require.Len(t, spans, 3)
	require.Equal(t, []string{"deeper", "part", "Service.Operation"}, []string{spans[0].Name, spans[1].Name, spans[2].Name})
	for i := range 2 {
		require.Equal(t, spans[i+1].SpanContext.SpanID(), spans[i].Parent.SpanID())
		require.Equal(t, spans[2].SpanContext.TraceID(), spans[i].SpanContext.TraceID())
	}
	require.Equal(t, trace.SpanKindServer, spans[2].SpanKind)
	require.Equal(t, trace.SpanKindClient, spans[0].SpanKind)
	require.Equal(t, codes.Unset, spans[0].Status.Code, "an answer is no fault")
	require.Equal(t, codes.Error, spans[1].Status.Code)
	require.NotContains(t, fmt.Sprint(spans), "secret", "why something failed stays here")
	require.Contains(t, fmt.Sprint(spans[2].Resource), "service.instance.id=a")
}

func TestWhoDecidesWhatIsTraced(t *testing.T) {
	for _, c := range []struct {
		parent string
		share  float64
		traced bool
	}{
		{"", 1, true}, {"", 0, false}, {sampled, 0, true}, {unsampled, 1, false},
		{"nonsense", 0, false}, {strings.Repeat("0", 60<<10), 0, false}, {sampled + "-more", 0, false}, {"nonsense", 1, true},
		{"00-00000000000000000000000000000000-b7ad6b7169203331-01", 0, false},
	} {
		ctx, kept := recorder(t, c.share)
		within, span := Serve(ctx, c.parent, "request")
		require.Equal(t, c.traced, span.Recording(), "%.60s %v", c.parent, c.share)
		require.Equal(t, c.traced, Parent(within) != "", "%.60s", c.parent)
		_, part := Begin(within, "part")
		require.Equal(t, c.traced, part.Recording())
		part.End(nil)
		span.End(nil)
		if c.parent == sampled {
			require.Equal(t, "0af7651916cd43dd8448eb211c80319c", kept.GetSpans()[1].SpanContext.TraceID().String())
			require.Equal(t, "b7ad6b7169203331", kept.GetSpans()[1].Parent.SpanID().String())
		}
	}
}

// A node goes on with what another has begun, and begins nothing by itself.
func TestNodesShareATrace(t *testing.T) {
	here, kept := recorder(t, 1)
	there, keptThere := recorder(t, 1)
	here, request := Serve(here, "", "request")
	here, call := Call(here, "call node")
	_, answer := Continue(there, Parent(here), "answer node")
	answer.End(nil)
	call.End(nil)
	request.End(nil)
	require.Equal(t, kept.GetSpans()[0].SpanContext.SpanID(), keptThere.GetSpans()[0].Parent.SpanID())
	require.Equal(t, kept.GetSpans()[0].SpanContext.TraceID(), keptThere.GetSpans()[0].SpanContext.TraceID())
	for _, parent := range []string{"", unsampled, "nonsense"} {
		_, span := Continue(there, parent, "answer node")
		require.False(t, span.Recording(), parent)
	}
}

func TestAJobRefersToWhoAskedForIt(t *testing.T) {
	ctx, kept := recorder(t, 0)
	asking, request := Serve(ctx, sampled, "request")
	doing, job := Job(ctx, "job", Parent(asking))
	request.End(nil)
	_, detail := Begin(doing, "a transaction")
	require.False(t, detail.Recording(), "there would be no end of them")
	Step(doing, "step").End(nil)
	next, following := Job(ctx, "next job", Parent(doing))
	require.NotEmpty(t, Parent(next))
	following.End(nil)
	job.End(nil)

	spans := kept.GetSpans()
	require.Equal(t, []string{"request", "step", "next job", "job"}, []string{spans[0].Name, spans[1].Name, spans[2].Name, spans[3].Name})
	require.Equal(t, spans[0].SpanContext.SpanID(), spans[3].Links[0].SpanContext.SpanID())
	require.NotEqual(t, spans[0].SpanContext.TraceID(), spans[3].SpanContext.TraceID())
	require.Equal(t, spans[3].SpanContext.SpanID(), spans[1].Parent.SpanID())
	require.Equal(t, spans[3].SpanContext.SpanID(), spans[2].Links[0].SpanContext.SpanID())
	_, alone := Job(ctx, "job", "")
	require.True(t, alone.Recording(), "whatever share of requests is traced")
}

// What clients may send stays within bounds and is text.
func TestWhatASpanKeepsIsBounded(t *testing.T) {
	ctx, kept := recorder(t, 1)
	_, span := Serve(ctx, "", "request")
	span.String("long", strings.Repeat("x", 100_000))
	span.String("no text", "a\xff\xfe")
	span.Strings("list", make([]string, 1000))
	for i := range 100 {
		span.Int(fmt.Sprint("key", i), i)
	}
	span.Name("\xff")
	span.End(nil)
	got := kept.GetSpans()[0]
	require.True(t, utf8.ValidString(got.Name))
	require.Len(t, got.Attributes, mostAttributes)
	require.Len(t, got.Attributes[0].Value.AsString(), longest)
	require.Equal(t, "a\uFFFD", got.Attributes[1].Value.AsString())
	require.Len(t, got.Attributes[2].Value.AsStringSlice(), mostTexts)
}

func TestOffIsOff(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_on")
	tracer, err := Open(Options{Share: 1, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.Nil(t, tracer)
	tracer.Close()
	ctx := tracer.Context(t.Context())
	require.Equal(t, t.Context(), ctx)
	require.Zero(t, testing.AllocsPerRun(100, func() { request(ctx) }))

	on, kept := recorder(t, 0) // and what is not in the sample costs no more, once that is known
	on, _ = Serve(on, "", "request")
	require.Zero(t, testing.AllocsPerRun(100, func() { parts(on) }))
	require.Empty(t, kept.GetSpans())
}

// request does what a request for a detection does with this package.
func request(ctx context.Context) {
	ctx, span := Serve(ctx, sampled, "request")
	parts(ctx)
	span.Strings("ownsight.resources", nil)
	span.End(nil)
}

func parts(ctx context.Context) {
	for _, name := range []string{"read database", "get model", "wait for turn", "look at picture"} {
		_, part := Begin(ctx, name)
		part.String("key", "value")
		part.Int("bytes", 7)
		part.End(nil)
	}
	called, call := Call(ctx, "call node")
	if Parent(called) != "" {
		call.String("key", "value")
	}
	call.End(nil)
}

func TestLinesOfTracedRequests(t *testing.T) {
	var b strings.Builder
	log := slog.New(Lines(slog.NewTextHandler(&b, nil))).With("node", "a")
	ctx, _ := recorder(t, 0)
	for parent, want := range map[string]bool{sampled: true, unsampled: false, "": false} {
		b.Reset()
		within, _ := Serve(ctx, parent, "request")
		log.InfoContext(within, "request")
		require.Equal(t, want, strings.Contains(b.String(), "node=a trace_id=0af7651916cd43dd8448eb211c80319c"), b.String())
	}
}

func TestComplaintsAreRare(t *testing.T) {
	var b strings.Builder
	now := time.Now()
	c := &complaints{log: slog.New(slog.NewTextHandler(&b, nil)), now: func() time.Time { return now }}
	for range 100 {
		c.Handle(errors.New(strings.Repeat("x", 100_000)))
	}
	require.Equal(t, 1, strings.Count(b.String(), "traces are lost"))
	require.Less(t, b.Len(), 2*reason)
	now = now.Add(complaint)
	c.Handle(errors.New("again"))
	require.Contains(t, b.String(), "error=again times_unsaid=99")
}

// A collector that takes everything and answers nothing holds up neither spans nor the end.
func TestACollectorThatHangs(t *testing.T) {
	asked, end := make(chan struct{}, 1000), make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-end
	}))
	defer hanging.Close()
	defer close(end)
	tracer, err := Open(Options{Endpoint: hanging.URL, Share: 1, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx := tracer.Context(t.Context())
	began := time.Now()
	for range 20_000 {
		_, span := Serve(ctx, "", "request")
		span.End(nil)
	}
	require.Less(t, time.Since(began), sending, "nobody waited for it")
	<-asked
	began = time.Now()
	tracer.Close()
	require.Less(t, time.Since(began), farewell+time.Second)
}

func BenchmarkOff(b *testing.B) {
	type key struct{}
	ctx := context.WithValue(context.WithValue(context.Background(), key{}, 1), key{}, 2) // as http.Server has
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		request(ctx)
	}
}

// BenchmarkOn is a request of six spans, all of which are sent to nobody.
func BenchmarkOn(b *testing.B) {
	for name, share := range map[string]float64{"sampled": 1, "not in the sample": 0} {
		b.Run(name, func(b *testing.B) {
			tracer, err := newTracer(Options{Share: share}, sdk.WithBatcher(tracetest.NewNoopExporter()))
			require.NoError(b, err)
			defer tracer.Close()
			ctx := tracer.Context(context.Background())
			b.ReportAllocs()
			for b.Loop() {
				within, span := Serve(ctx, "", "request")
				parts(within)
				span.End(nil)
			}
		})
	}
}
