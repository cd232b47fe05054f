package ownsight

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"time"
)

// DefaultAccount is the account that a data folder is given at its first start.
const DefaultAccount = "111122223333"

// SystemAccount owns what no user may see: the archive of models. No key can be made for it.
const SystemAccount = "000000000000"

// DefaultRegion is the region of the default account's configuration file.
const DefaultRegion = "us-east-1"

// Partition is the only ARN partition that is written; others are accepted when read.
const Partition = "aws"

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d{1,2}$`)
	userPattern    = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
)

// ValidAccount reports whether id has the form of an account's number: twelve digits.
func ValidAccount(id string) bool { return accountPattern.MatchString(id) }

// ValidRegion reports whether name has the form of an AWS region, such as eu-central-1.
func ValidRegion(name string) bool { return len(name) <= 32 && regionPattern.MatchString(name) }

// Principal is who has rights: a user of an account, or the account itself.
type Principal struct {
	Account string // twelve digits
	User    string // empty for the account's root, who may do everything in it
}

// IsRoot reports whether the principal is the account itself.
func (p Principal) IsRoot() bool { return p.User == "" }

// ARN names the principal as IAM does.
func (p Principal) ARN() string {
	if p.IsRoot() {
		return fmt.Sprintf("arn:%s:iam::%s:root", Partition, p.Account)
	}
	return fmt.Sprintf("arn:%s:iam::%s:user/%s", Partition, p.Account, p.User)
}

// ID is the unique id that IAM gives a user; here it follows from the name. That of the root is the account.
func (p Principal) ID() string {
	if p.IsRoot() {
		return p.Account
	}
	sum := sha256.Sum256([]byte(p.ARN()))
	return "AIDA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// ValidUser reports whether name has the form of an IAM user's name: 1 to 64 letters, digits and + = , . @ _ -.
func ValidUser(name string) bool { return userPattern.MatchString(name) }

// Caller is who asks, and what is known of the request that every policy may ask about.
type Caller struct {
	Principal
	Region    string // from the credential scope of the signature
	AccessKey string
	Address   string // of the network, without port; empty when it has none
	Agent     string // User-Agent, as sent
	TLS       bool
}

// Decision is what policies say about a request. Without a word it is refused, like with a Deny, unless another policy
// allows it.
type Decision int

// The decisions of policies.
const (
	Unsaid Decision = iota
	Allow
	Deny
)

// AccessKey is one pair of credentials. Secret never leaves the store but to check a signature.
type AccessKey struct {
	Principal
	ID      string
	Secret  string
	Expires time.Time // zero: never
}

// String hides the secret from logs and error texts.
func (k AccessKey) String() string { return "AccessKey{" + k.ID + " of " + k.ARN() + "}" }
