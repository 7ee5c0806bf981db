package daypass

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Roles that one profile may lead through; the server allows as many.
const roleChainMax = 16

// Where the agent of a container answers, for what is given without a host.
const containerHost = "http://169.254.170.2"

var digitsOnly = regexp.MustCompile(`^[0-9]{1,6}$`)

// credentialPath is what a profile leads to: a beginning, and roles behind it.
type credentialPath struct {
	credentials *Credentials
	webIdentity *WebIdentitySource
	source      Source
	roles       []RoleRequest
}

func (p credentialPath) profile() Profile {
	return Profile{Credentials: p.credentials, WebIdentity: p.webIdentity, Source: p.source, Roles: p.roles}
}

// environmentPath returns what the environment leads to by itself; nil for nothing.
func environmentPath(around surroundings) (*credentialPath, error) {
	keys, err := environmentCredentials(around)
	if err != nil {
		return nil, err
	}
	if keys != nil {
		return &credentialPath{credentials: keys}, nil
	}
	file := around.resolve(around.get("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if file == "" {
		return nil, nil
	}
	role := around.get("AWS_ROLE_ARN")
	if role == "" {
		return nil, &ConfigurationError{
			Message: "Of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN only the first is set.",
			Hint:    "Set both, or neither.",
		}
	}
	return &credentialPath{webIdentity: &WebIdentitySource{
		RoleARN: role, TokenFile: file, SessionName: around.get("AWS_ROLE_SESSION_NAME"),
	}}, nil
}

func environmentCredentials(around surroundings) (*Credentials, error) {
	id, secret := around.get("AWS_ACCESS_KEY_ID"), around.get("AWS_SECRET_ACCESS_KEY")
	if id == "" && secret == "" {
		return nil, nil
	}
	if id == "" || secret == "" {
		return nil, &ConfigurationError{
			Message: "Of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set.",
			Hint:    "Set both, or neither.",
		}
	}
	found, err := NewCredentials(id, secret, around.get("AWS_SESSION_TOKEN"))
	return &found, err
}

// environmentContainer returns the endpoint that runs beside the program; nil for none.
func environmentContainer(around surroundings) (Source, error) {
	relative := around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
	where := around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if relative == "" && where == "" {
		return nil, nil
	}
	if relative != "" {
		if relative[0] != '/' {
			return nil, &ConfigurationError{
				Message: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash.",
			}
		}
		where = containerHost + relative
	}
	if err := checkSourceURL(where); err != nil {
		return nil, err
	}
	return ContainerSource{
		URL:               where,
		Authorization:     NewSecret(around.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")),
		AuthorizationFile: around.resolve(around.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")),
	}, nil
}

// readPath follows a profile to its credentials, through the roles that it names.
func readPath(name string, files profileFiles, around surroundings) (*credentialPath, error) {
	var roles []RoleRequest
	entries := files.profiles[name]
	for has(entries, "role_arn") {
		if has(entries, "web_identity_token_file") {
			source, err := readWebIdentity(entries, around)
			return &credentialPath{webIdentity: source, roles: roles}, err
		}
		if len(roles) == roleChainMax {
			return nil, at(entries["role_arn"],
				fmt.Sprintf("The profile leads through more than %d roles, or back to itself.", roleChainMax))
		}
		role, err := readRole(entries)
		if err != nil {
			return nil, err
		}
		roles = append([]RoleRequest{role}, roles...)
		if has(entries, "credential_source") {
			return readNamedSource(entries, roles, around)
		}
		if entries, err = readSource(entries, files); err != nil {
			return nil, err
		}
		// As in the AWS tools: a source's own keys come before its role.
		if has(entries, "aws_access_key_id") {
			break
		}
	}
	keys, err := readKeys(entries)
	if err != nil {
		return nil, err
	}
	source, err := readProcess(entries)
	if err != nil {
		return nil, err
	}
	if keys == nil && source == nil && len(roles) > 0 {
		return nil, at(files.profiles[name]["role_arn"],
			"The profile's source_profile leads to a profile without credentials.")
	}
	if keys != nil {
		source = nil
	}
	return &credentialPath{credentials: keys, source: source, roles: roles}, nil
}

func readNamedSource(entries map[string]entry, roles []RoleRequest, around surroundings) (*credentialPath, error) {
	named := entries["credential_source"]
	if has(entries, "source_profile") {
		return nil, at(entries["source_profile"], "A profile has source_profile or credential_source.")
	}
	switch named.text.Reveal() {
	case "Environment":
		keys, err := environmentCredentials(around)
		if err == nil && keys == nil {
			err = at(named, "There are no keys in the environment.")
		}
		return &credentialPath{credentials: keys, roles: roles}, err
	case "EcsContainer":
		source, err := environmentContainer(around)
		if err == nil && source == nil {
			err = at(named, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set.")
		}
		return &credentialPath{source: source, roles: roles}, err
	}
	return nil, at(named, "credential_source is Environment or EcsContainer.")
}

func readProcess(entries map[string]entry) (Source, error) {
	if !has(entries, "credential_process") {
		return nil, nil
	}
	words, whole := splitWords(text(entries, "credential_process"))
	if !whole || len(words) == 0 || words[0] == "" {
		return nil, at(entries["credential_process"], "credential_process is not a program with arguments.")
	}
	return ProcessSource{words}, nil
}

func readWebIdentity(entries map[string]entry, around surroundings) (*WebIdentitySource, error) {
	for _, key := range []string{"source_profile", "mfa_serial", "external_id"} {
		if has(entries, key) {
			return nil, at(entries[key], "A profile with web_identity_token_file takes no "+key+".")
		}
	}
	span, err := readDuration(entries)
	return &WebIdentitySource{
		RoleARN:     text(entries, "role_arn"),
		TokenFile:   around.resolve(text(entries, "web_identity_token_file")),
		SessionName: text(entries, "role_session_name"),
		Duration:    span,
	}, err
}

func readSource(entries map[string]entry, files profileFiles) (map[string]entry, error) {
	if !has(entries, "source_profile") {
		if err := refuseOtherForms(entries); err != nil {
			return nil, err
		}
		return nil, at(entries["role_arn"],
			"A profile with role_arn needs source_profile or web_identity_token_file too.")
	}
	found, known := files.profiles[text(entries, "source_profile")]
	if !known {
		return nil, at(entries["source_profile"], "There is no such source_profile.")
	}
	return found, nil
}

func readRole(entries map[string]entry) (RoleRequest, error) {
	span, err := readDuration(entries)
	return RoleRequest{
		RoleARN:      text(entries, "role_arn"),
		SessionName:  text(entries, "role_session_name"),
		Duration:     span,
		ExternalID:   text(entries, "external_id"),
		SerialNumber: text(entries, "mfa_serial"),
	}, err
}

func readDuration(entries map[string]entry) (time.Duration, error) {
	digits := text(entries, "duration_seconds")
	if digits == "" {
		return 0, nil
	}
	// NOTE: no upper bound: what a role allows is the server's to say.
	number, err := strconv.Atoi(digits)
	if err != nil || !digitsOnly.MatchString(digits) {
		return 0, at(entries["duration_seconds"], "duration_seconds is not a whole number of seconds.")
	}
	return time.Duration(number) * time.Second, nil
}

func readKeys(entries map[string]entry) (*Credentials, error) {
	id, secret := text(entries, "aws_access_key_id"), text(entries, "aws_secret_access_key")
	if id == "" && secret == "" {
		return nil, refuseOtherForms(entries)
	}
	if id == "" {
		return nil, at(entries["aws_secret_access_key"],
			"Of aws_access_key_id and aws_secret_access_key only one is there.")
	}
	if secret == "" {
		return nil, at(entries["aws_access_key_id"],
			"Of aws_access_key_id and aws_secret_access_key only one is there.")
	}
	found, err := NewCredentials(id, secret, text(entries, "aws_session_token"))
	if err != nil {
		return nil, at(entries["aws_access_key_id"], err.(*ConfigurationError).Message)
	}
	return &found, nil
}

func refuseOtherForms(entries map[string]entry) error {
	if has(entries, "web_identity_token_file") {
		return at(entries["web_identity_token_file"], "A profile with web_identity_token_file needs role_arn too.")
	}
	for _, key := range []string{"sso_session", "sso_start_url", "login_session"} {
		if has(entries, key) {
			return at(entries[key], "Profiles with "+key+" are not supported; use keys, credential_process,"+
				" or role_arn with source_profile or web_identity_token_file.")
		}
	}
	return nil
}

func has(entries map[string]entry, key string) bool { return text(entries, key) != "" }

func text(entries map[string]entry, key string) string { return entries[key].text.Reveal() }

func at(place entry, message string) error { return fault(message, place.file, place.line) }
