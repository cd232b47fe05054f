package audit

import (
	"net/http"
	"net/url"
	"strings"
)

// s3Operation names what a request asks of S3, as CloudTrail does (but ListObjectsV2 is called so); empty for what is no
// operation of S3.
func s3Operation(r *http.Request, bucket, key string) string {
	switch {
	case r.Method == http.MethodOptions:
		return "PreflightRequest"
	case bucket == "" && r.Method == http.MethodGet:
		return "ListBuckets"
	case bucket == "":
		return ""
	}
	on := " object"
	if key == "" {
		on = " bucket"
	}
	query, copies := r.URL.Query(), r.Header.Get("X-Amz-Copy-Source") != ""
	for _, rule := range s3Rules[r.Method+on] {
		if rule.holds(query, copies) {
			return rule.operation
		}
	}
	return ""
}

// s3Rule is an operation with the parameters of the query, in the form of a query, that tell it; "copy" stands for the
// header that names a source.
type s3Rule struct{ parameters, operation string }

func (rule s3Rule) holds(query url.Values, copies bool) bool {
	for parameter := range strings.FieldsSeq(rule.parameters) {
		name, value, exact := strings.Cut(parameter, "=")
		switch {
		case parameter == "copy" && !copies:
			return false
		case parameter != "copy" && (!query.Has(name) || exact && query.Get(name) != value):
			return false
		}
	}
	return true
}

// s3Rules are the operations of each method, in the order in which the embedded server tries them. A parameter that a
// method has no operation for changes nothing: DELETE /bucket?versioning deletes the bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
var s3Rules = map[string][]s3Rule{
	"PUT bucket": {
		{"tagging", "PutBucketTagging"},
		{"ownershipControls", "PutBucketOwnershipControls"},
		{"versioning", "PutBucketVersioning"},
		{"object-lock", "PutObjectLockConfiguration"},
		{"cors", "PutBucketCors"},
		{"policy", "PutBucketPolicy"},
		{"acl", "PutBucketAcl"},
		{"analytics", "PutBucketAnalyticsConfiguration"},
		{"encryption", "PutBucketEncryption"},
		{"intelligent-tiering", "PutBucketIntelligentTieringConfiguration"},
		{"inventory", "PutBucketInventoryConfiguration"},
		{"lifecycle", "PutBucketLifecycle"},
		{"logging", "PutBucketLogging"},
		{"requestPayment", "PutBucketRequestPayment"},
		{"metrics", "PutBucketMetricsConfiguration"},
		{"replication", "PutBucketReplication"},
		{"publicAccessBlock", "PutBucketPublicAccessBlock"},
		{"notification", "PutBucketNotification"},
		{"accelerate", "PutBucketAccelerateConfiguration"},
		{"website", "PutBucketWebsite"},
		{"", "CreateBucket"},
	},
	"GET bucket": {
		{"location", "GetBucketLocation"},
		{"tagging", "GetBucketTagging"},
		{"ownershipControls", "GetBucketOwnershipControls"},
		{"versioning", "GetBucketVersioning"},
		{"policy", "GetBucketPolicy"},
		{"cors", "GetBucketCors"},
		{"object-lock", "GetObjectLockConfiguration"},
		{"acl", "GetBucketAcl"},
		{"uploads", "ListMultipartUploads"},
		{"versions", "ListObjectVersions"},
		{"policyStatus", "GetBucketPolicyStatus"},
		{"analytics id", "GetBucketAnalyticsConfiguration"},
		{"analytics", "ListBucketAnalyticsConfigurations"},
		{"encryption", "GetBucketEncryption"},
		{"intelligent-tiering id", "GetBucketIntelligentTieringConfiguration"},
		{"intelligent-tiering", "ListBucketIntelligentTieringConfigurations"},
		{"inventory id", "GetBucketInventoryConfiguration"},
		{"inventory", "ListBucketInventoryConfigurations"},
		{"lifecycle", "GetBucketLifecycle"},
		{"logging", "GetBucketLogging"},
		{"requestPayment", "GetBucketRequestPayment"},
		{"metrics id", "GetBucketMetricsConfiguration"},
		{"metrics", "ListBucketMetricsConfigurations"},
		{"replication", "GetBucketReplication"},
		{"publicAccessBlock", "GetBucketPublicAccessBlock"},
		{"notification", "GetBucketNotification"},
		{"accelerate", "GetBucketAccelerateConfiguration"},
		{"website", "GetBucketWebsite"},
		{"list-type=2", "ListObjectsV2"},
		{"", "ListObjects"},
	},
	"HEAD bucket": {{"", "HeadBucket"}},
	"DELETE bucket": {
		{"tagging", "DeleteBucketTagging"},
		{"ownershipControls", "DeleteBucketOwnershipControls"},
		{"policy", "DeleteBucketPolicy"},
		{"cors", "DeleteBucketCors"},
		{"analytics", "DeleteBucketAnalyticsConfiguration"},
		{"encryption", "DeleteBucketEncryption"},
		{"intelligent-tiering", "DeleteBucketIntelligentTieringConfiguration"},
		{"inventory", "DeleteBucketInventoryConfiguration"},
		{"lifecycle", "DeleteBucketLifecycle"},
		{"metrics", "DeleteBucketMetricsConfiguration"},
		{"replication", "DeleteBucketReplication"},
		{"publicAccessBlock", "DeleteBucketPublicAccessBlock"},
		{"website", "DeleteBucketWebsite"},
		{"", "DeleteBucket"},
	},
	"POST bucket": {
		{"delete", "DeleteObjects"},
		{"", "PostObject"},
	},
	"HEAD object": {{"", "HeadObject"}},
	"GET object": {
		{"tagging", "GetObjectTagging"},
		{"retention", "GetObjectRetention"},
		{"legal-hold", "GetObjectLegalHold"},
		{"acl", "GetObjectAcl"},
		{"attributes", "GetObjectAttributes"},
		{"uploadId", "ListParts"},
		{"", "GetObject"},
	},
	"DELETE object": {
		{"tagging", "DeleteObjectTagging"},
		{"uploadId", "AbortMultipartUpload"},
		{"", "DeleteObject"},
	},
	"POST object": {
		{"restore", "RestoreObject"},
		{"select select-type=2", "SelectObjectContent"},
		{"uploadId", "CompleteMultipartUpload"},
		{"uploads", "CreateMultipartUpload"},
	},
	"PUT object": {
		{"tagging", "PutObjectTagging"},
		{"retention", "PutObjectRetention"},
		{"legal-hold", "PutObjectLegalHold"},
		{"acl", "PutObjectAcl"},
		{"uploadId partNumber copy", "UploadPartCopy"},
		{"uploadId partNumber", "UploadPart"},
		{"copy", "CopyObject"},
		{"", "PutObject"},
	},
}
