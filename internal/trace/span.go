package trace

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Span is a part of a request or a job while it lasts. The zero Span is of what is not traced, and all its methods do nothing.
type Span struct {
	span trace.Span
	of   *Tracer
}

// Serve begins a span for a request of a client, which has sent parent in its Header or nothing. A client that has decided
// whether it traces the request has decided for us too. Who sends the same parent many times makes one large trace; nothing
// else of what it sends is kept.
func Serve(ctx context.Context, parent, name string) (context.Context, Span) {
	t := tracerOf(ctx)
	if t == nil {
		return ctx, Span{}
	}
	return t.begin(from(ctx, parent), name, trace.SpanKindServer)
}

// Continue begins a span for a call of another node, if that one traces what it calls for. It must be known to be a node.
func Continue(ctx context.Context, parent, name string) (context.Context, Span) {
	if t := tracerOf(ctx); t != nil && parent != "" {
		if far := from(ctx, parent); trace.SpanContextFromContext(far).IsSampled() {
			return t.begin(far, name, trace.SpanKindServer)
		}
	}
	return ctx, Span{}
}

// Begin begins a span for a part of the request that the context is of.
func Begin(ctx context.Context, name string) (context.Context, Span) {
	return below(ctx, name, trace.SpanKindInternal)
}

// Call begins a span for a call of another server, who is to be told of it by Parent.
func Call(ctx context.Context, name string) (context.Context, Span) {
	return below(ctx, name, trace.SpanKindClient)
}

func below(ctx context.Context, name string, kind trace.SpanKind) (context.Context, Span) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, Span{}
	}
	return tracerOf(ctx).begin(ctx, name, kind)
}

type jobKey struct{}

// Job begins a trace for an attempt at a piece of work. It refers to cause, which is the Parent of who asked for it. Below its
// context only Step begins spans: what jobs do is long, and each of their transactions in the trace would be longer still.
func Job(ctx context.Context, name, cause string) (context.Context, Span) {
	t := tracerOf(ctx)
	if t == nil {
		return ctx, Span{}
	}
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer)}
	if asked := trace.SpanContextFromContext(from(context.Background(), cause)); asked.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: asked}))
	}
	_, span := t.spans.Start(ctx, name, options...)
	return context.WithValue(ctx, jobKey{}, span), Span{span, t}
}

// Step begins a span for a part of the job that the context is of.
func Step(ctx context.Context, name string) Span {
	job, ok := ctx.Value(jobKey{}).(trace.Span)
	if !ok {
		return Span{}
	}
	_, span := tracerOf(ctx).begin(trace.ContextWithSpan(ctx, job), name, trace.SpanKindInternal)
	return span
}

func (t *Tracer) begin(ctx context.Context, name string, kind trace.SpanKind) (context.Context, Span) {
	ctx, span := t.spans.Start(ctx, name, trace.WithSpanKind(kind))
	if !span.IsRecording() {
		return ctx, Span{}
	}
	return ctx, Span{span, t}
}

// from puts the span that a header names into a context. Of what else clients may say about traces nothing is believed or kept.
func from(ctx context.Context, parent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parent})
}

// Parent is the Header by which another server goes on with the context's trace, or Job refers to it; empty where there is none.
func Parent(ctx context.Context) string {
	span := trace.SpanFromContext(ctx)
	if job, ok := ctx.Value(jobKey{}).(trace.Span); ok && !span.IsRecording() {
		span = job
	}
	if !span.IsRecording() {
		return ""
	}
	header := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpan(context.Background(), span), header)
	return header["traceparent"]
}

// Current is the span of a context.
func Current(ctx context.Context) Span {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		return Span{span, tracerOf(ctx)}
	}
	return Span{}
}

// Recording reports whether what is said of the span goes anywhere.
func (s Span) Recording() bool { return s.span != nil }

// Name gives another name, where it was not known at the beginning.
func (s Span) Name(name string) {
	if s.span != nil {
		s.span.SetName(valid(name))
	}
}

// String says something of the span. Nothing secret, and no part of a body, may be said.
func (s Span) String(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, valid(value)))
	}
}

// Strings is String for a list, of which the first are said.
func (s Span) Strings(key string, values []string) {
	if s.span != nil {
		list := make([]string, min(len(values), mostTexts))
		for i := range list {
			list[i] = valid(values[i])
		}
		s.span.SetAttributes(attribute.StringSlice(key, list))
	}
}

// Int is String for a number.
func (s Span) Int(key string, value int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// Fail marks the span as failed by the server's fault.
func (s Span) Fail() {
	if s.span != nil {
		s.span.SetStatus(codes.Error, "")
	}
}

// End ends the span. Of an error it keeps the code, or that it was a fault.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		if code := s.of.code(err); code != "" {
			s.String("error.type", code)
		} else {
			s.Fail()
		}
	}
	s.span.End()
}

// valid makes text of anything: one span that is none would have the whole batch refused.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
