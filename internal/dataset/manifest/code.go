package manifest

// Code names what is wrong with a manifest or a line; the strings are those of the service.
type Code string

// A file that cannot be imported or trained on at all.
const (
	UnsupportedManifest             Code = "ERROR_MANIFEST_INACCESSIBLE_OR_UNSUPPORTED_FORMAT"
	ManifestTooLarge                Code = "ERROR_MANIFEST_SIZE_TOO_LARGE"
	TooManyRows                     Code = "ERROR_MANIFEST_ROWS_EXCEEDS_MAXIMUM"
	InvalidPermissionsManifest      Code = "ERROR_INVALID_PERMISSIONS_MANIFEST_S3_BUCKET"
	TooManyRecordsInError           Code = "ERROR_TOO_MANY_RECORDS_IN_ERROR"
	InsufficientImagesForDistribute Code = "ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_DISTRIBUTE"
)

// The contents of a manifest, or of a training and a test manifest together, that nothing can be trained on. The
// first two end an import as well. Two codes of the service have no case here. ERROR_INVALID_IMAGES_S3_BUCKET_OWNER: who
// may read pictures decides, not who owns their bucket. ERROR_MANIFEST_TOO_FEW_USABLE_LABELS: see tooFewLabels.
const (
	TooManyLabels                  Code = "ERROR_MANIFEST_TOO_MANY_LABELS"
	SeveralBuckets                 Code = "ERROR_IMAGES_IN_MULTIPLE_S3_BUCKETS"
	TooManyInvalidRows             Code = "ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST"
	InvalidPermissionsImages       Code = "ERROR_INVALID_PERMISSIONS_IMAGES_S3_BUCKET"
	InsufficientImagesForAutosplit Code = "ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_AUTOSPLIT"
	TooFewLabels                   Code = "ERROR_MANIFEST_TOO_FEW_LABELS"
	InsufficientLabelOverlap       Code = "ERROR_INSUFFICIENT_LABEL_OVERLAP"
	InsufficientUsableLabelOverlap Code = "ERROR_INSUFFICIENT_USABLE_LABEL_OVERLAP"
	FailedImagesCopy               Code = "ERROR_FAILED_IMAGES_S3_COPY"
)

// What is wrong with a line, or with a part of it.
const (
	MissingSourceRef           Code = "ERROR_MISSING_SOURCE_REF"
	InvalidSourceRef           Code = "ERROR_INVALID_SOURCE_REF_FORMAT"
	InvalidJSONLine            Code = "ERROR_INVALID_JSON_LINE"
	NoLabelAttributes          Code = "ERROR_NO_LABEL_ATTRIBUTES"
	InvalidAttributeFormat     Code = "ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT"
	InvalidMetadataFormat      Code = "ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT"
	NoValidLabelAttributes     Code = "ERROR_NO_VALID_LABEL_ATTRIBUTES"
	UnsupportedUseCase         Code = "ERROR_UNSUPPORTED_USE_CASE_TYPE"
	InvalidLabelNameLength     Code = "ERROR_INVALID_LABEL_NAME_LENGTH"
	MissingBoxConfidence       Code = "ERROR_MISSING_BOUNDING_BOX_CONFIDENCE"
	MissingClassMapID          Code = "ERROR_MISSING_CLASS_MAP_ID"
	InvalidBox                 Code = "ERROR_INVALID_BOUNDING_BOX"
	BoxTooSmall                Code = "ERROR_BOUNDING_BOX_TOO_SMALL"
	TooManyBoxes               Code = "ERROR_TOO_MANY_BOUNDING_BOXES"
	NoValidAnnotations         Code = "ERROR_NO_VALID_ANNOTATIONS"
	InvalidImageDimension      Code = "ERROR_INVALID_IMAGE_DIMENSION"
	InvalidImage               Code = "ERROR_INVALID_IMAGE"
	WarnUnannotatedRecord      Code = "WARNING_UNANNOTATED_RECORD"
	WarnNoAnnotations          Code = "WARNING_NO_ANNOTATIONS"
	WarnNoAttributeAnnotations Code = "WARNING_NO_ATTRIBUTE_ANNOTATIONS"
)

// emptyManifest has a text but no code: only a training reports it.
const emptyManifest = "The manifest file is empty."

// messages holds the service's texts, misspellings included, since clients match on them; {} stands for an argument.
// For a label's length the service documents none: that one is ours.
var messages = map[Code]string{
	UnsupportedManifest:             "The manifest file extension or contents are invalid.",
	ManifestTooLarge:                "The manifest file size exceeds the maximum supported size.",
	TooManyRows:                     "The manifest file has too many rows.",
	InvalidPermissionsManifest:      "The S3 bucket permissions are incorrect.",
	TooManyRecordsInError:           "The manifest file has too many terminal errors.",
	InsufficientImagesForDistribute: "The manifest file doesn't have enough labeled images to distribute the dataset.",

	TooManyLabels:                  "The manifest file has too many labels.",
	SeveralBuckets:                 "The manifest file contains images from multiple S3 buckets.",
	TooManyInvalidRows:             "The manifest file contains too many invalid rows.",
	InvalidPermissionsImages:       "The permissions for the images S3 bucket are invalid.",
	InsufficientImagesForAutosplit: "The manifest file contains insufficient labeled images per label to perform auto-split.",
	TooFewLabels:                   "The manifest file has too few labels.",
	InsufficientLabelOverlap:       "Less than {}% label overlap between the training and testing manifest files.",
	InsufficientUsableLabelOverlap: "Less than {}% usable label overlap between the training and testing manifest files.",
	FailedImagesCopy:               "Failed to copy images from S3 bucket.",

	MissingSourceRef:           "The source-ref key is missing.",
	InvalidSourceRef:           "The format of the source-ref value is invalid.",
	InvalidJSONLine:            "The JSON Line has an invalid format.",
	NoLabelAttributes:          "No label attributes found.",
	InvalidAttributeFormat:     "The format of the label attribute {} is invalid.",
	InvalidMetadataFormat:      "The format of the label attribute metadata is invalid.",
	NoValidLabelAttributes:     "No valid label attributes found.",
	UnsupportedUseCase:         "The use case type of the {}-metadata label attribute metadata is unsupported. Check the type field.",
	InvalidLabelNameLength:     "The label name is empty or longer than 255 characters.",
	MissingBoxConfidence:       "One or more bounding boxes has a missing confidence value.",
	MissingClassMapID:          "One of more class ids is missing from the class map.",
	InvalidBox:                 "The bounding box has off frame values.",
	BoxTooSmall:                "The height and width of the bounding box is too small.",
	TooManyBoxes:               "There are more bounding boxes than the allowed maximum.",
	NoValidAnnotations:         "No valid annotations found.",
	InvalidImageDimension:      "The image dimension(s) do not conform to allowed dimensions.",
	InvalidImage:               "The image is invalid. Check S3 path and/or image properties.",
	WarnUnannotatedRecord:      "Record is unannotated.",
	WarnNoAnnotations:          "No annotations were found.",
	WarnNoAttributeAnnotations: "No attribute annotations were found.",
}
