package cloudwatch

import (
	"time"

	"ownsight/internal/awswire"
)

// periodOf checks a period: figures are of minutes.
func periodOf(seconds int32, code, member string) (time.Duration, error) {
	if seconds < 60 || seconds%60 != 0 {
		return 0, awswire.Errorf(code, "The parameter %s must be a multiple of 60: figures are kept by the minute.", member)
	}
	return time.Duration(seconds) * time.Second, nil
}

func checkTimes(start, end *time.Time, code string) error {
	if !start.Before(*end) {
		return awswire.Errorf(code, "The parameter StartTime must be less than the parameter EndTime.")
	}
	return nil
}
