package client

import "ownsight/internal/dataset/manifest"

// remedies say what to do about what is wrong with a line.
var remedies = map[manifest.Code]string{
	manifest.MissingSourceRef:       "name the picture: \"source-ref\": \"s3://BUCKET/KEY\"",
	manifest.InvalidSourceRef:       "write source-ref as s3://BUCKET/KEY",
	manifest.InvalidJSONLine:        "write one JSON object on the line, each name in it once",
	manifest.NoLabelAttributes:      "add a label attribute and its -metadata, or label the picture in the console",
	manifest.InvalidAttributeFormat: "give a number for a label of the whole picture, or image_size and annotations for boxes",
	manifest.InvalidMetadataFormat:  "give type, human-annotated, creation-date, and class-name or class-map",
	manifest.NoValidLabelAttributes: "correct the label attributes; what is wrong with each is said beside it",
	manifest.UnsupportedUseCase:     "let type be groundtruth/image-classification or groundtruth/object-detection",
	manifest.InvalidLabelNameLength: "give the label a name of 1 to 255 characters",
	manifest.MissingBoxConfidence:   "give every box a confidence in objects",
	manifest.MissingClassMapID:      "add the class_id of every box to class-map",
	manifest.InvalidBox:             "move the box into the picture, or correct image_size",
	manifest.BoxTooSmall:            "draw the box larger, or leave it out",
	manifest.TooManyBoxes:           "leave 50 boxes at most on the picture",
	manifest.NoValidAnnotations:     "correct the boxes; what is wrong with each is said beside it",
	manifest.InvalidImageDimension:  "use a picture of 64 to 4096 pixels a side, and correct image_size",
	manifest.InvalidImage:           "put a JPEG or PNG file where source-ref says",
}
