package rekognition

import (
	"net/http"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/meter"
)

// Observe counts what a model was asked in vain. Who asks for a model of somebody else's, or from another region, does not ask
// this one; and what was refused before it was known who asks for what, has no resources: shed counts it.
func (s Services) Observe(c awswire.Call) {
	if c.Code == "" || c.Operation != opDetectCustomLabels.Name || len(c.Resources) == 0 {
		return
	}
	arn, err := ownsight.ParseVersionARN(c.Resources[0])
	if err != nil || arn.Account != c.Caller.Account || arn.Region != c.Caller.Region {
		return
	}
	how := meter.UserError
	switch {
	case c.Code == CodeProvisionedThroughputExceededException || c.Code == CodeThrottlingException:
		how = meter.Throttled
	case c.Status >= http.StatusInternalServerError:
		how = meter.ServerError
	}
	s.Meter.Asked(arn, how, 0)
}
