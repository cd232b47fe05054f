package audit

import (
	"os/user"

	"github.com/google/uuid"

	"ownsight"
)

// Act is a change that an operator has made on the data folder itself, by a command of the program.
type Act struct {
	Name  string             // as AWS IAM calls it, such as CreateUser
	About ownsight.Principal // whose rights or keys changed
	Agent string             // the program
}

// Record tells an act. Its caller is the system's user, whom nobody has asked for a key.
func (l *Log) Record(a Act) error {
	if l == nil {
		return nil
	}
	record := &Record{
		Version:     eventVersion,
		Identity:    Identity{Type: identityUnknown},
		Source:      "iam.amazonaws.com",
		Name:        a.Name,
		Agent:       bound(a.Agent, maxAgent),
		ID:          uuid.NewString(),
		Resources:   []Resource{resourceOf(a.About.ARN())},
		Type:        "AwsApiCall",
		Management:  true,
		RecipientID: a.About.Account,
		Category:    "Management",
	}
	if who, err := user.Current(); err == nil {
		record.Identity.UserName = bound(who.Username, maxName)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(l.Now().UTC(), record)
}
