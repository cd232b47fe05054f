package app

import (
	"context"
	"net/http"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/trace"
)

// openTraces begins to tell a collector what requests and jobs spend their time on, if the configuration names one.
func (a *App) openTraces() error {
	node, err := nodeName(a.config.Data)
	if err != nil {
		return err
	}
	a.traces, err = trace.Open(trace.Options{Endpoint: a.config.Trace, Share: a.config.TraceShare, Version: a.program, Node: node, Log: a.log,
		Code: func(err error) string { return string(ownsight.CodeOf(err)) }})
	if err != nil || a.traces == nil {
		return err
	}
	a.log.Info("traces", "to", a.config.Trace, "share", a.config.TraceShare)
	a.closers = append(a.closers, func() error {
		a.traces.Close()
		return nil
	})
	return nil
}

// traced begins the span of a client's request.
func traced(r *http.Request, asks protocol) (*http.Request, trace.Span) {
	switch asks {
	case protocolPreflight, protocolOwn, protocolNode: // package cluster knows which calls are of other nodes
		return r, trace.Span{}
	}
	ctx, span := trace.Serve(r.Context(), r.Header.Get(trace.Header), string(asks))
	if span.Recording() {
		r = r.WithContext(ctx)
	}
	return r, span
}

// serviceNames are the services' names as SDKs write them.
var serviceNames = map[string]string{"appstream": "AppStream", "disks": "Disks", "rekognition": "Rekognition", "s3": "S3", "sts": "STS"}

// answered says of a request's span what became of it. The keys are those of OpenTelemetry's conventions, where they have one.
// See https://opentelemetry.io/docs/specs/semconv/.
func answered(ctx context.Context, c awswire.Call) {
	span := trace.Current(ctx)
	if !span.Recording() {
		return
	}
	if service := serviceNames[c.Service]; service != "" && c.Operation != "" {
		span.Name(service + "." + c.Operation)
		span.String("rpc.service", service)
		span.String("rpc.method", c.Operation)
	}
	span.String("rpc.system", "aws-api")
	span.String("aws.request_id", c.ID)
	span.Int("http.response.status_code", c.Status)
	if c.Caller.Account != "" {
		span.String("ownsight.account", c.Caller.Account)
	}
	if len(c.Resources) > 0 {
		span.Strings("ownsight.resources", c.Resources)
	}
	if c.Code != "" {
		span.String("error.type", c.Code)
	}
	if c.Status >= http.StatusInternalServerError {
		span.Fail()
	}
}
