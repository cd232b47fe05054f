package audit

import (
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"ownsight"
	"ownsight/internal/awswire"

	"github.com/google/uuid"
)

// eventVersion is that of CloudTrail's records whose members these are.
const eventVersion = "1.11"

// timeFormat is how a record writes times: UTC, to the millisecond.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Bounds in bytes on what a client may put into a record.
const (
	maxName     = 128 // of an operation
	maxAgent    = 256
	maxMessage  = 1024
	maxResource = 2048 // a bucket and a key fit
	maxKey      = 32   // of a claimed access key id; a secret key is longer
	maxItems    = 16   // resources
)

// Record is one request. The names on the wire are CloudTrail's.
type Record struct {
	Version     string     `json:"eventVersion"`
	Identity    Identity   `json:"userIdentity"`
	Time        string     `json:"eventTime"`   // when it was about to be answered
	Source      string     `json:"eventSource"` // such as rekognition.amazonaws.com
	Name        string     `json:"eventName"`   // operation; as the client called it where there is none of the name
	Region      string     `json:"awsRegion"`   // that the request is signed for; empty when it is not
	Address     string     `json:"sourceIPAddress"`
	Agent       string     `json:"userAgent"`
	ErrorCode   string     `json:"errorCode,omitempty"`
	ErrorText   string     `json:"errorMessage,omitempty"` // only where the caller is known: such texts repeat parts of the request
	Parameters  *struct{}  `json:"requestParameters"`      // never told
	Response    *struct{}  `json:"responseElements"`       // never told
	Additional  Additional `json:"additionalEventData"`
	RequestID   string     `json:"requestID"` // as answered, and as in the log
	ID          string     `json:"eventID"`
	ReadOnly    bool       `json:"readOnly"`
	Resources   []Resource `json:"resources,omitempty"`
	Type        string     `json:"eventType"`
	Management  bool       `json:"managementEvent"`
	RecipientID string     `json:"recipientAccountId,omitempty"`
	Category    string     `json:"eventCategory"`
}

// Identity is who asked. Of a request that is not proven to be anybody's, the type is Unknown, and the access key, if
// any, is a claim.
type Identity struct {
	Type        string `json:"type"` // Root, IAMUser or Unknown
	PrincipalID string `json:"principalId,omitempty"`
	ARN         string `json:"arn,omitempty"`
	AccountID   string `json:"accountId,omitempty"`
	AccessKeyID string `json:"accessKeyId,omitempty"`
	UserName    string `json:"userName,omitempty"`
}

// Additional is what CloudTrail has no member for.
type Additional struct {
	Status         int     `json:"httpStatus"` // 499: the client went away
	Milliseconds   float64 `json:"durationMs"` // until the answer was ready
	Authentication string  `json:"AuthenticationMethod,omitempty"`
}

// Resource is what a request is about.
type Resource struct {
	ARN       string `json:"ARN"`
	AccountID string `json:"accountId,omitempty"` // of its owner, where the ARN says it
	Type      string `json:"type,omitempty"`
}

// identityUnknown is the type of an identity that is not proven.
const identityUnknown = "Unknown"

// newRecord tells a call but for its time.
func newRecord(r *http.Request, c awswire.Call) *Record {
	record := &Record{
		Version:     eventVersion,
		Identity:    identityOf(r, c.Caller),
		Source:      sourceOf(c),
		Name:        nameOf(c),
		Region:      c.Caller.Region,
		Address:     awswire.Address(r),
		Agent:       bound(r.UserAgent(), maxAgent),
		ErrorCode:   bound(c.Code, maxName),
		Additional:  Additional{c.Status, float64(c.Duration.Microseconds()) / 1000, authenticationOf(r)},
		RequestID:   bound(c.ID, maxName),
		ID:          uuid.NewString(),
		Type:        "AwsApiCall",
		Management:  true,
		RecipientID: c.Caller.Account,
		Category:    "Management",
	}
	record.ReadOnly = readOnly(record.Name)
	if record.Identity.Type == identityUnknown {
		_, record.Region = claimed(r)
	} else {
		record.ErrorText = bound(c.Message, maxMessage)
	}
	for _, arn := range c.Resources[:min(len(c.Resources), maxItems)] {
		resource := resourceOf(bound(arn, maxResource))
		if resource.Type == "AWS::S3::Object" {
			record.Management, record.Category = false, "Data"
		}
		record.Resources = append(record.Resources, resource)
	}
	return record
}

func identityOf(r *http.Request, c ownsight.Caller) Identity {
	if c.Account == "" {
		key, _ := claimed(r)
		return Identity{Type: identityUnknown, AccessKeyID: key}
	}
	kind := "IAMUser"
	if c.IsRoot() {
		kind = "Root"
	}
	return Identity{kind, c.ID(), c.ARN(), c.Account, c.AccessKey, c.User}
}

var claimPattern = regexp.MustCompile(`^[A-Z0-9]{4,32}$`)

// claimed is the access key id and the region of a signature that nobody has verified. What has not their form is left
// out: it is a secret where somebody has mixed up the two halves of a key.
func claimed(r *http.Request) (accessKey, region string) {
	_, credential, found := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !found {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	parts := strings.SplitN(credential, "/", 4) // key/date/region/...
	if len(parts) < 4 {
		return "", ""
	}
	if len(parts[0]) <= maxKey && claimPattern.MatchString(parts[0]) {
		accessKey = parts[0]
	}
	if ownsight.ValidRegion(parts[2]) {
		region = parts[2]
	}
	return accessKey, region
}

// authenticationOf is S3's word for where a request has its signature.
func authenticationOf(r *http.Request) string {
	switch {
	case r.Header.Get("Authorization") != "":
		return "AuthHeader"
	case r.URL.Query().Has("X-Amz-Signature"):
		return "QueryString"
	}
	return ""
}

func sourceOf(c awswire.Call) string {
	if c.Service == "" {
		return "unknown"
	}
	return c.Service + ".amazonaws.com"
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,128}$`)

func nameOf(c awswire.Call) string {
	if c.Operation != "" {
		return c.Operation
	}
	if name := c.Asked[strings.LastIndexByte(c.Asked, '.')+1:]; namePattern.MatchString(name) { // after the target's prefix
		return name
	}
	return "Unknown"
}

// readOnly goes by the verb, as the models of AWS name their operations.
func readOnly(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "Detect", "Head", "Select", "Preflight"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// resourceOf reads what an ARN says about its resource: arn:aws:SERVICE:REGION:ACCOUNT:NAME.
func resourceOf(arn string) Resource {
	resource := Resource{ARN: arn}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return resource
	}
	resource.AccountID = parts[4]
	service, name := parts[2], parts[5]
	switch {
	case service == "s3" && strings.Contains(name, "/"):
		resource.Type = "AWS::S3::Object"
	case service == "s3":
		resource.Type = "AWS::S3::Bucket"
	case service != "rekognition":
	case strings.Contains(name, "/version/"):
		resource.Type = "AWS::Rekognition::ProjectVersion"
	case strings.Contains(name, "/dataset/"):
		resource.Type = "AWS::Rekognition::Dataset"
	case strings.HasPrefix(name, "project/"):
		resource.Type = "AWS::Rekognition::Project"
	}
	return resource
}

// bound cuts a text that somebody else wrote, at a character.
func bound(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "..."
}

// Denied reports whether the request was refused for who asked: nobody that is known, or somebody without the right.
func (r *Record) Denied() bool {
	return strings.HasPrefix(r.ErrorCode, "AccessDenied") || r.Additional.Status == http.StatusForbidden ||
		r.ErrorCode != "" && r.Identity.Type == identityUnknown
}

// When is the time of the record; zero when it has none.
func (r *Record) When() time.Time {
	t, _ := time.Parse(timeFormat, r.Time)
	return t
}
