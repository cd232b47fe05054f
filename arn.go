package ownsight

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ProjectARN is arn:aws:rekognition:REGION:ACCOUNT:project/NAME/CREATED, where CREATED is the creation time in epoch
// milliseconds.
type ProjectARN struct {
	Region, Account, Name string
	Created               int64
}

// DatasetARN is arn:aws:rekognition:REGION:ACCOUNT:project/PROJECT/dataset/train|test/CREATED. It carries the
// project's name but not the project's creation time.
type DatasetARN struct {
	Region, Account, Project string
	Type                     DatasetType
	Created                  int64
}

// VersionARN is arn:aws:rekognition:REGION:ACCOUNT:project/PROJECT/version/NAME/CREATED.
type VersionARN struct {
	Region, Account, Project, Name string
	Created                        int64
}

func (a ProjectARN) String() string {
	return fmt.Sprintf("arn:%s:rekognition:%s:%s:project/%s/%d", Partition, a.Region, a.Account, a.Name, a.Created)
}

func (a DatasetARN) String() string {
	return fmt.Sprintf("arn:%s:rekognition:%s:%s:project/%s/dataset/%s/%d", Partition, a.Region, a.Account, a.Project,
		strings.ToLower(string(a.Type)), a.Created)
}

func (a VersionARN) String() string {
	return fmt.Sprintf("arn:%s:rekognition:%s:%s:project/%s/version/%s/%d", Partition, a.Region, a.Account, a.Project, a.Name, a.Created)
}

// Of reports whether the version can be one of a project. It does not know when its project was created.
func (a VersionARN) Of(p ProjectARN) bool {
	return a.Account == p.Account && a.Region == p.Region && a.Project == p.Name
}

const arnName = `[a-zA-Z0-9_.\-]{1,255}`

var (
	projectARN = regexp.MustCompile(`^arn:[a-z\d-]+:rekognition:([a-z\d-]+):(\d{12}):project/(` + arnName + `)/(\d+)$`)
	datasetARN = regexp.MustCompile(`^arn:[a-z\d-]+:rekognition:([a-z\d-]+):(\d{12}):project/(` + arnName + `)/dataset/(train|test)/(\d+)$`)
	versionARN = regexp.MustCompile(`^arn:[a-z\d-]+:rekognition:([a-z\d-]+):(\d{12}):project/(` + arnName + `)/version/(` + arnName + `)/(\d+)$`)
)

// ParseProjectARN reads a project's ARN; anything else is an InvalidParameter error.
func ParseProjectARN(s string) (ProjectARN, error) {
	m := projectARN.FindStringSubmatch(s)
	if m == nil {
		return ProjectARN{}, Errorf(InvalidParameter, "%q is not the ARN of a project", s)
	}
	created, err := millis(s, m[4])
	return ProjectARN{Region: m[1], Account: m[2], Name: m[3], Created: created}, err
}

// ParseDatasetARN reads a dataset's ARN; anything else is an InvalidParameter error.
func ParseDatasetARN(s string) (DatasetARN, error) {
	m := datasetARN.FindStringSubmatch(s)
	if m == nil {
		return DatasetARN{}, Errorf(InvalidParameter, "%q is not the ARN of a dataset", s)
	}
	created, err := millis(s, m[5])
	return DatasetARN{Region: m[1], Account: m[2], Project: m[3], Type: DatasetType(strings.ToUpper(m[4])), Created: created}, err
}

// ParseVersionARN reads a model version's ARN; anything else is an InvalidParameter error.
func ParseVersionARN(s string) (VersionARN, error) {
	m := versionARN.FindStringSubmatch(s)
	if m == nil {
		return VersionARN{}, Errorf(InvalidParameter, "%q is not the ARN of a project version", s)
	}
	created, err := millis(s, m[5])
	return VersionARN{Region: m[1], Account: m[2], Project: m[3], Name: m[4], Created: created}, err
}

// millis reads the number at the end of an ARN. One that is out of range is of the right form but names nothing: NotFound.
func millis(arn, digits string) (int64, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, Errorf(NotFound, "there is no %s", arn) // a time that never comes
	}
	return n, nil
}
