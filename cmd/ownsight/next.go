package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"ownsight/internal/client"
)

// next says what can be done with a trained model, in commands that can be pasted.
func next(c *client.Client, t *client.Trained) string {
	var b strings.Builder
	flags := flagsFor(c)
	if c.Chosen {
		flags += " --region " + c.Region
	}
	if t.Status != "RUNNING" {
		fmt.Fprintf(&b, "\nStart it:\n\n  ownsight model start %s/%s%s\n", t.Project, t.Name, flags)
		return b.String()
	}
	fmt.Fprintf(&b, "\nAsk it:\n\n  ownsight detect %s%s PICTURE.jpg\n\nThe same in Python", t.Project, flags)
	if keys := environment(c); keys != "" {
		fmt.Fprintf(&b, ", after\n\n%s\n", keys)
	} else {
		b.WriteString(":\n\n")
	}
	fmt.Fprintf(&b, `  import boto3
  rekognition = boto3.client("rekognition", endpoint_url=%q, region_name=%q)
  with open("PICTURE.jpg", "rb") as picture:
      answer = rekognition.detect_custom_labels(
          ProjectVersionArn=%q,
          Image={"Bytes": picture.read()})
  print(answer["CustomLabels"])
`, c.Endpoint, c.Region, t.ARN)
	return b.String()
}

// flagsFor repeats the flags that this server needs, where they are not the defaults.
func flagsFor(c *client.Client) (flags string) {
	if c.Endpoint != client.DefaultEndpoint {
		flags += " --endpoint " + c.Endpoint
	}
	if c.Data != "" && c.Data != client.DefaultData {
		flags += " --data " + quote(c.Data)
	}
	if c.Data != "" && c.Profile != "default" {
		flags += " --profile " + c.Profile
	}
	return flags
}

// environment sets the variables that bring other programs to the keys of the data folder.
func environment(c *client.Client) string {
	if c.Data == "" {
		return ""
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return ""
	}
	text := fmt.Sprintf("  export AWS_SHARED_CREDENTIALS_FILE=%s AWS_CONFIG_FILE=%s\n",
		quote(filepath.Join(data, "credentials")), quote(filepath.Join(data, "config")))
	if c.Profile != "default" {
		text += "  export AWS_PROFILE=" + c.Profile + "\n"
	}
	return text
}
