// Package cloudwatch is the wire's face of the figures of running models: the part of Amazon CloudWatch that dashboards and
// SDKs read metrics with, and the metrics that Custom Labels has there, in the namespace AWS/Rekognition. Shapes and
// constraints are generated from the service model (shapes_gen.go).
package cloudwatch

import (
	"maps"
	"time"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/meter"
)

// Services is what the handlers call.
type Services struct {
	Access *access.Service
	Meter  *meter.Meter
	Unit   time.Duration // of computing in a second, that an inference unit is
	Now    func() time.Time
}

// New gives the service as awswire serves it.
func New(s Services) awswire.Service {
	return awswire.Service{
		Model: named(Model),
		Handlers: []awswire.Handler{
			opGetMetricData.Handle(s.getMetricData),
			opGetMetricStatistics.Handle(s.getMetricStatistics),
			opListMetrics.Handle(s.listMetrics),
		},
		MapError:  mapError,
		Authorize: s.authorize,
	}
}

// named adds what clients of the query protocol called the exception that the wire answers for any operation. The service
// models it for operations alone that are not served, so it is not generated.
func named(m awswire.Model) *awswire.Model {
	m.QueryCodes = maps.Clone(m.QueryCodes)
	m.QueryCodes[awswire.CodeValidation] = "ValidationError"
	return &m
}

// codes are the exceptions for the codes of the domain. A code that is absent is an internal fault.
var codes = map[ownsight.Code]string{
	ownsight.InvalidPageToken: CodeInvalidNextToken,
	ownsight.AccessDenied:     awswire.CodeAccessDenied,
}

func mapError(err error) *awswire.Error {
	if code, ok := codes[ownsight.CodeOf(err)]; ok {
		return awswire.Errorf(code, "%s", err.Error())
	}
	return nil
}

// value gives the zero value for a member that is absent.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
