package manifest

import "strings"

// Severity says how much a problem spoils.
type Severity int

// From the mildest: a warning spoils nothing but may leave nothing to use.
const (
	Warning Severity = iota
	AnnotationInvalid
	AttributeInvalid
	LineInvalid
)

// Level is the part of a line that a problem is shown at.
type Level int

// The levels of a line, from the outside in. A problem with a part that is not a JSON object, and so has no place for
// it, is shown at LineLevel.
const (
	LineLevel Level = iota
	AttributeLevel
	MetadataLevel
	AnnotationLevel
)

// Problem is one thing that is wrong with a line or a whole manifest, in the words of the service.
type Problem struct {
	Code       Code
	Message    string
	Level      Level
	Attribute  string // name of the label attribute concerned, "" when it is the whole line
	Annotation int    // index into the attribute's annotations at AnnotationLevel
	Severity   Severity
}

// NewProblem makes a problem of a whole line or manifest.
func NewProblem(code Code) Problem {
	return Problem{Code: code, Message: code.message(""), Severity: LineInvalid}
}

// message gives the text of a code with its argument, if it takes one.
func (c Code) message(argument string) string {
	return strings.ReplaceAll(messages[c], "{}", argument)
}

// FileError ends the import of a manifest, or the training on it.
type FileError struct {
	Code    Code   // empty where the service has a text only
	Message string // what the user is shown as the status message
	Detail  string // what exactly was found, for the log; may be empty
}

// NewFileError makes the error of a code that is known outside this package, such as an unreadable bucket.
func NewFileError(code Code) *FileError {
	return &FileError{Code: code, Message: code.message("")}
}

func (e *FileError) Error() string {
	if e.Detail == "" {
		return e.Message
	}
	return e.Message + " (" + e.Detail + ")"
}
