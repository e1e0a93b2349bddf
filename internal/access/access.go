// Package access answers one question: may this caller do this?
//
// The actions are the one vocabulary used for permissions, audit entries,
// metrics and the API documentation.
package access

import (
	"slices"
	"strings"
	"time"
)

// Action names something a caller does.
type Action string

// The actions.
const (
	CertList    Action = "cert.list"
	CertRead    Action = "cert.read"
	CertInspect Action = "cert.inspect" // read an uploaded file without storing it
	CertImport  Action = "cert.import"
	CSRCreate   Action = "csr.create" // generate a key in custody and make a request for it
	CertUse     Action = "cert.use"   // open a source: TLS handshakes and signatures with its key
	CertSign    Action = "cert.sign"  // signatures over given digests
	CertChain   Action = "cert.chain" // give a stored certificate another chain of issuing certificates
	CertLink    Action = "cert.link"  // say which certificate another takes the place of, or that it does not
	CertRetire  Action = "cert.retire"
	CertDestroy Action = "cert.destroy"
	CertAsk     Action = "cert.ask"     // have its issuer asked now whether it was revoked
	CertRevoked Action = "cert.revoked" // its issuer says that it was, or no longer is

	RegisterImport Action = "register.import" // give a register of payment firms that was downloaded

	// make a private key exportable, or allow its export and the use of its certificate on live
	KeyAllowExport Action = "key.allow_export"
	KeyExport      Action = "key.export"       // be given an exportable private key
	KeyCopyDeclare Action = "key_copy.declare" // say that somebody holds a copy of a private key
	KeyCopyEnd     Action = "key_copy.end"     // say that a copy was destroyed

	IncidentDeclare  Action = "incident.declare"  // say that a certificate is compromised, which freezes it
	IncidentTold     Action = "incident.told"     // note that the QTSP or a bank was told
	IncidentWithdraw Action = "incident.withdraw" // say that it was declared by mistake

	SecretPut Action = "secret.put" // record a client id and secret
	SecretUse Action = "secret.use" // hand a client id and secret to a connector client
	// remove a client secret that its bank no longer knows from custody
	SecretDestroy Action = "secret.destroy"

	InstitutionRead Action = "institution.read"
	BankFactRecord  Action = "bank_fact.record" // record what a bank has said, or withdraw it
	CatalogueTake   Action = "catalogue.take"   // have a file of the folder say what is known of a bank, or decline it

	RegistrationRead  Action = "registration.read"
	RegistrationWrite Action = "registration.write"
	// bring in a list of registrations that are in use already, or agree to that
	RegistrationImport Action = "registration.import"
	EvidenceAdd        Action = "evidence.add"  // keep a file with a step of a checklist
	EvidenceRead       Action = "evidence.read" // download one
	BundleWrite        Action = "bundle.write"
	ApplicationChange  Action = "application.change" // change where customers of live are sent back to
	PaymentsSwitch     Action = "payments.switch"    // switch payments of a live registration on or off
	BankAnswer         Action = "bank.answer"        // record that a bank agrees to live, with nothing to show for it
	BundleActivate     Action = "bundle.activate"
	BundleRollback     Action = "bundle.rollback" // activate a superseded version again
	BundleRetire       Action = "bundle.retire"   // take a registration out of use
	ConnectionTest     Action = "connection.test"
	CampaignRead       Action = "campaign.read"
	CampaignWrite      Action = "campaign.write"   // plan a change of certificates at banks, and note how far each is
	CampaignApprove    Action = "campaign.approve" // agree to one, or request that
	ClientIssue        Action = "client.issue"
	AccountsRead       Action = "accounts.read"

	PaymentCreate  Action = "payment.create"
	PaymentRead    Action = "payment.read"
	PaymentConfirm Action = "payment.confirm" // has the bank execute it; also the customer's return
	PaymentCancel  Action = "payment.cancel"
	PaymentResolve Action = "payment.resolve"  // say what became of a payment nobody knows of
	PaymentNotSent Action = "payment.not_sent" // say that the bank has none, so that it can be sent again

	ConsentStart  Action = "consent.start"  // send a customer to the bank, and take what comes back
	ConsentRead   Action = "consent.read"   // see consents, without what they give access to
	ConsentRevoke Action = "consent.revoke" // give a consent up and delete its tokens
	TokensUse     Action = "tokens.use"     // a consent's tokens, in custody
	TokensDrop    Action = "tokens.drop"
	TokensLend    Action = "tokens.lend" // give a service an access token of the bank for requests of its own

	ApprovalRead Action = "approval.read"
	// request a change that takes two people; the change needs its own permission too
	ApprovalRequest Action = "approval.request"
	// approve, reject or withdraw; approving and rejecting need the permission of the change
	ApprovalDecide Action = "approval.decide"
	ApprovalReview Action = "approval.review" // look afterwards at what two people did in an emergency

	PolicyRead   Action = "policy.read"
	PolicyChange Action = "policy.change" // request another policy, or approve one
	// the policy of a database that has none: the configuration's
	PolicyBegin      Action = "policy.begin"
	PolicyBreakGlass Action = "policy.break_glass" // change it on the server, without a second person
	PolicyDiffers    Action = "policy.differs"     // a process is configured with another one than is in force

	CaseRead        Action = "case.read"        // see what ends or has broken, and what was told of it
	CaseAcknowledge Action = "case.acknowledge" // say that one sees to a case, or whose it is
	AlertTest       Action = "alert.test"       // have a test message sent
	CalendarManage  Action = "calendar.manage"  // make and revoke addresses of one's own calendars

	AuditRead      Action = "audit.read"
	AuditExport    Action = "audit.export"  // what happened to one thing, with the proof that it is of this log
	AuditVerify    Action = "audit.verify"  // check the chain at the console
	AuditSign      Action = "audit.sign"    // sign the head of the log
	AuditResume    Action = "audit.resume"  // the log can be written again
	AuditArchive   Action = "audit.archive" // copy its oldest entries into a file
	SessionStart   Action = "session.start"
	SessionUse     Action = "session.use" // only refusals of it are recorded
	SessionEnd     Action = "session.end"
	TokenUse       Action = "token.use"        // call with a bearer token; only refusals are recorded
	ServiceUse     Action = "service.use"      // call with a client certificate; only refusals are recorded
	TokenExchange  Action = "token.exchange"   // be given a short token for what a platform says of a workload
	UserManage     Action = "user.manage"      // invite, disable or remove a person, and change what they may
	PersonRead     Action = "person.read"      // see who there is, with their sessions and passkeys
	PasskeyAdd     Action = "passkey.add"      // one's own
	PasskeyRemove  Action = "passkey.remove"   // one's own, or as administrator somebody's
	OwnTokenMake   Action = "own_token.make"   // a bearer token of one's own
	OwnTokenRevoke Action = "own_token.revoke" // end one of one's own
	SessionConfirm Action = "session.confirm"  // show again that it is oneself
	TokenManage    Action = "token.manage"     // make a sign-in link or a bearer token, or revoke tokens
	ServiceRead    Action = "service.read"     // see service accounts, and which version each uses
	ServiceManage  Action = "service.manage"   // make service accounts and their tokens, change and end them
	ServiceChange  Action = "service.change"   // agree to what a service account is given on live
	TLSRead        Action = "tls.read"         // be given a TLS configuration, and told of its changes
	TLSHandshake   Action = "tls.handshake"    // signatures of TLS handshakes, counted by the hour
	TLSReport      Action = "tls.report"       // tell which certificate is presented

	InstallationRead Action = "installation.read" // see settings, parts, versions and licences

	ReviewRead    Action = "access_review.read"    // see reviews of who may do what
	ReviewWrite   Action = "access_review.write"   // start and close one, and propose what is to be kept or removed
	ReviewConfirm Action = "access_review.confirm" // confirm what somebody else has proposed

	CustodyResolve Action = "custody.resolve" // the reconciler finishing or removing an import
	CustodyCheck   Action = "custody.check"   // compare custody with the database
	CustodyMigrate Action = "custody.migrate" // copy everything from embedded custody to Vault
	CustodyPurge   Action = "custody.purge"   // delete what was copied
	CustodyRotate  Action = "custody.rotate"  // seal embedded custody with another master key
	RecordsReindex Action = "records.reindex" // rebuild the database from custody
	RecordsForget  Action = "records.forget"  // delete what need not be kept any longer
	RecordsOpen    Action = "records.open"    // open the key that seals account numbers and texts in records
	SchemaRepair   Action = "schema.repair"   // put back what keeps the audit log append-only
	BackupMake     Action = "backup.make"     // copy the database, and list what custody holds
	BackupRestore  Action = "backup.restore"
)

// administrative are the acts that change what is in use, who may use it, or where keys are.
var administrative = []Action{
	CertImport, CSRCreate, CertChain, CertLink, CertRetire, CertDestroy, KeyAllowExport, KeyCopyDeclare,
	KeyCopyEnd, IncidentDeclare, IncidentTold, IncidentWithdraw, SecretPut, SecretDestroy, RegistrationWrite,
	RegistrationImport,
	BankFactRecord, CatalogueTake, CampaignWrite, CampaignApprove, ApplicationChange, PaymentsSwitch, BankAnswer,
	BundleWrite,
	BundleActivate, BundleRollback, BundleRetire,
	PaymentResolve, PaymentNotSent, ApprovalRequest, ApprovalDecide, ApprovalReview, PolicyChange,
	UserManage, PasskeyAdd, PasskeyRemove, OwnTokenMake, OwnTokenRevoke, ReviewConfirm, TokenManage, ServiceManage,
	ServiceChange,
	CustodyMigrate,
	CustodyPurge, CustodyRotate, RecordsReindex,
}

// Administrative reports whether the action changes what is in use, who may use it,
// or where keys are. Serving banks and customers, reading, backups and restoring them are not.
func (a Action) Administrative() bool { return slices.Contains(administrative, a) }

// Role is a named set of actions.
type Role string

// The roles a caller may have.
const (
	Compliance Role = "compliance"
	Engineer   Role = "engineer"
	Auditor    Role = "auditor"
	Admin      Role = "admin"
	Limited    Role = "limited"   // nothing by itself: sees and does only what was granted on parts
	Emergency  Role = "emergency" // on call: replaces what is compromised by two without waiting, goes back alone
	System     Role = "system"    // the program itself: reconciler, command line on the server
	Watcher    Role = "watcher"   // the program itself, asking banks what became of payments
	Runner     Role = "runner"    // the program itself, doing at banks what a campaign was approved for
	Importer   Role = "importer"  // the program itself, bringing in what two people have agreed to
)

var readAll = []Action{
	CertList, CertRead, InstitutionRead, RegistrationRead, ApprovalRead, ConsentRead, PolicyRead, ServiceRead,
	CaseRead, CampaignRead, CalendarManage,
	// what everybody does with their own way in
	PasskeyAdd, PasskeyRemove, OwnTokenMake, OwnTokenRevoke,
}

// readLog is what is done with the audit log.
var readLog = []Action{AuditRead, AuditExport, AuditVerify, AuditSign}

// readAccounts is a customer's consent from its start to its end.
var readAccounts = []Action{
	ClientIssue, CertUse, SecretUse, AccountsRead, ConsentStart, ConsentRead, ConsentRevoke, TokensUse, TokensDrop,
}

// changeRegistrations are the changes of registrations that may take two people.
var changeRegistrations = []Action{
	RegistrationImport, CampaignWrite, CampaignApprove, ApplicationChange, PaymentsSwitch, BankAnswer, BundleActivate,
	BundleRollback,
	BundleRetire,
}

// permissions is the whole policy. The auditor's row has no verb that writes, but for their own passkeys and tokens and
// for reviews of access: what is removed by one takes the right to remove it.
var permissions = map[Role][]Action{
	Compliance: append([]Action{
		CertInspect, CSRCreate, CertImport, CertAsk, CertChain, CertLink, CertRetire, CertDestroy, KeyAllowExport,
		RegisterImport,
		RegistrationWrite, EvidenceAdd, EvidenceRead, ApprovalRequest, ApprovalDecide, ApprovalReview, PolicyChange,
		ConsentRevoke, TokensDrop, ServiceChange, CaseAcknowledge, AlertTest,
		BankFactRecord, CatalogueTake, KeyCopyDeclare, KeyCopyEnd, IncidentDeclare, IncidentTold, IncidentWithdraw,
	}, slices.Concat(changeRegistrations, readLog, readAll)...),
	Engineer: append([]Action{
		CertInspect, CSRCreate, CertAsk, CertLink, SecretPut, RegistrationWrite, EvidenceAdd, EvidenceRead, BundleWrite,
		ApprovalRequest,
		ApprovalDecide, ConnectionTest, KeyExport, PaymentCreate, PaymentRead, PaymentConfirm, PaymentCancel,
		PaymentResolve, PaymentNotSent, CaseAcknowledge, AlertTest, KeyCopyDeclare, KeyCopyEnd,
		IncidentDeclare, IncidentTold, IncidentWithdraw,
	}, slices.Concat(changeRegistrations, readAccounts, readAll)...),
	Auditor: append([]Action{EvidenceRead, PersonRead, InstallationRead, ReviewRead, ReviewWrite,
		ReviewConfirm},
		slices.Concat(readLog, readAll)...),
	// The catalogue of banks, and what everybody does with their own way in.
	Limited: {InstitutionRead, CalendarManage, PasskeyAdd, PasskeyRemove, OwnTokenMake, OwnTokenRevoke},
	// All that a replacement takes, whatever somebody is otherwise; live takes two of them.
	Emergency: append([]Action{
		CertInspect, CSRCreate, CertImport, CertAsk, IncidentDeclare, IncidentTold, SecretPut, BundleWrite,
		ConnectionTest, CertUse, SecretUse, BundleActivate, BundleRollback, EvidenceRead, ApprovalRequest,
		ApprovalDecide,
		CaseAcknowledge,
	}, readAll...),
	System: {CustodyResolve, CustodyCheck, CustodyMigrate, CustodyPurge, CustodyRotate, RecordsReindex,
		BackupMake, BackupRestore, SchemaRepair, RecordsForget, RecordsOpen, PolicyBegin, PolicyBreakGlass,
		SessionStart, UserManage, PersonRead,
		TokenManage, AuditExport, AuditSign, AuditArchive,
		CertList, CertRead, ApprovalRead, ConsentRead, TokensUse, TokensDrop},
	Importer: {RegistrationImport, SecretPut, SecretUse, SecretDestroy},
	Watcher:  {PaymentRead, ClientIssue, CertUse, SecretUse},
	Runner: {CertRead, InstitutionRead, RegistrationRead, ServiceRead, BundleWrite, BundleActivate,
		BundleRollback, ConnectionTest, CertUse,
		SecretUse, SecretDestroy},
}

// Caller is who asks. Every operation on a secret takes one as an argument;
// it is never read out of a context.
type Caller struct {
	ID    string      // stable: user or token id
	Name  string      // for people
	Roles []Role      // that they have everywhere
	Parts []RoleGrant // in force, of roles that they have on a part alone

	place *Place // where everything happens that they do; nil: audit.Log finds out where an object belongs

	Way         Way       // by what they are known; empty for the program itself
	Session     string    // id of the console session, of who came by one
	ConfirmedAt time.Time // when the person at the session last showed that it is them
	Grant       *Grant    // of a service account, which has no roles; nil: it is none
}

// Way is by what a caller is known.
type Way string

// The ways.
const (
	BySession Way = "session" // signed in to the console
	ByToken   Way = "token"   // with a bearer token, that any program may hold
)

// systemPrefix begins the ids of callers that are no users.
const systemPrefix = "system:"

// IsPerson reports whether the caller is a user: somebody who can be one of two people. Service accounts, the program
// itself and the command line on the server are not, whatever their roles.
func (c Caller) IsPerson() bool {
	return c.ID != "" && c.Grant == nil && !strings.HasPrefix(c.ID, systemPrefix)
}

// SystemCaller is the program acting on its own behalf; part says which part.
func SystemCaller(part string) Caller {
	return Caller{ID: systemPrefix + part, Name: part, Roles: []Role{System}}
}

// PaymentWatcher is the program following payments up. It uses certificates and
// credentials, which the System role must not.
func PaymentWatcher() Caller {
	return Caller{ID: systemPrefix + "payments", Name: "payments", Roles: []Role{Watcher}}
}

// CampaignRunner is the program carrying out campaigns that were approved.
func CampaignRunner() Caller {
	return Caller{ID: systemPrefix + "campaigns", Name: "campaigns", Roles: []Role{Runner}}
}

// RegistrationImporter is the program bringing in registrations that people have agreed to.
func RegistrationImporter() Caller {
	return Caller{ID: systemPrefix + "imports", Name: "imports", Roles: []Role{Importer}}
}

// OwnOnly reports whether the caller is a service account: of payments and consents it
// sees its own, and others' do not exist for it.
func (c Caller) OwnOnly() bool { return c.Grant != nil }

// May reports whether the caller may do the action everywhere, or at the place they were put At.
func (c Caller) May(action Action) bool {
	return c.MayEverywhere(action) ||
		c.place != nil && slices.ContainsFunc(c.Scopes(action), func(s Scope) bool { return s.Holds(*c.place) })
}

// MayEverywhere reports whether the caller may do the action everywhere, wherever they were put At.
func (c Caller) MayEverywhere(action Action) bool {
	if c.Grant != nil {
		return c.Grant.may(action)
	}
	return slices.ContainsFunc(c.Roles, func(r Role) bool { return r.May(action) })
}

// KnownRole reports whether r can be given to a user or token.
func KnownRole(r Role) bool {
	_, ok := permissions[r]
	return r == Admin || (ok && r != System && r != Watcher && r != Runner && r != Importer)
}
