package rekognition

import (
	"bytes"

	"ownsight"
	"ownsight/internal/meter"
)

// shed refuses a picture for a model whose line is full already, before anything is done with it. It looks for the model's
// name only where SDKs put it, before the picture or after it: what it overlooks is refused later.
func (s Services) shed(claimed ownsight.Caller, operation string, body []byte) error {
	if operation != "DetectCustomLabels" {
		return nil
	}
	text, ok := namedModel(body)
	if !ok {
		return nil
	}
	arn, err := ownsight.ParseVersionARN(string(text))
	if err != nil || arn.Account != claimed.Account {
		return nil
	}
	err = s.Serving.Crowded(arn)
	if err != nil {
		s.Meter.Asked(arn, meter.Throttled, 0)
	}
	return err
}

// beside is how far from an end of the body the model's name may begin: it has 2048 characters at most.
const beside = 2300

// namedModel finds the value of ProjectVersionArn at the beginning or the end of a body in JSON.
func namedModel(body []byte) ([]byte, bool) {
	member := []byte(`"ProjectVersionArn"`)
	for _, part := range [][]byte{body[:min(len(body), beside)], body[max(0, len(body)-beside):]} {
		_, rest, found := bytes.Cut(part, member)
		if !found {
			continue
		}
		rest, found = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":"))
		if !found {
			continue
		}
		rest, found = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"`))
		if value, _, ended := bytes.Cut(rest, []byte(`"`)); found && ended {
			return value, true
		}
	}
	return nil, false
}
