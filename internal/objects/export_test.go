package objects

import (
	"github.com/versity/versitygw/auth"

	"ownsight"
)

// RootKey lets tests try what the gateway's superuser could do from outside.
func (e *Embedded) RootKey() (accessKey, secret string) {
	return e.identity.rootKey, e.identity.rootSecret
}

// Judge is what a principal's request costs beyond the gateway's own work.
func (e *Embedded) Judge(p ownsight.Principal, action auth.Action, resources []string, request map[string][]string) error {
	_, err := e.identity.EvaluatePolicy(p.Account, p.User, []auth.Action{action}, resources, request)
	return err
}
