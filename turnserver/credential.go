package turnserver

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

const (
	// CredentialLife is how long a credential begins new allocations.
	CredentialLife = 5 * time.Minute
	// A path outlives the credential that began it, as draft-uberti-behave-turn-rest
	// has it, but not for ever.
	extraLife = 24 * time.Hour
)

// Credential signs the TURN REST convention's credential, which coturn calls
// static-auth-secret: the user is the time of expiry and the peer's id, the
// password their HMAC-SHA1.
func Credential(secret, id string, expiry time.Time) (username, password string) {
	username = strconv.FormatInt(expiry.Unix(), 10) + ":" + id
	return username, sign(secret, username)
}

func sign(secret, username string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username)) // never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authenticate gives the peer's id and the key that its request must be signed with.
func (s *Server) authenticate(r *turn.RequestAttributes) (id string, key []byte, ok bool) {
	stamp, id, found := strings.Cut(r.Username, ":")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	expiry := time.Unix(seconds, 0)
	if r.Method != stun.MethodAllocate { // of an allocation that has been made
		expiry = expiry.Add(extraLife)
	}
	if !found || id == "" || err != nil || time.Now().After(expiry) {
		s.counts.refuse(BadCredential)
		return "", nil, false
	}
	return id, turn.GenerateAuthKey(r.Username, realm, sign(s.config.Secret, r.Username)), true
}
