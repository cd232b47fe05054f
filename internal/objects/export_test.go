package objects

// RootKey lets tests try what the gateway's superuser could do from outside.
func (e *Embedded) RootKey() (accessKey, secret string) {
	return e.identity.rootKey, e.identity.rootSecret
}
