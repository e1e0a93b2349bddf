package pages

// texts are the words of the pages.
var texts = map[string]map[string]string{
	"sign_in":       {"en": "Sign in", "fr": "Connexion"},
	"consent":       {"en": "Consent", "fr": "Consentement"},
	"payment":       {"en": "Payment", "fr": "Paiement"},
	"refused":       {"en": "Request refused", "fr": "Demande refusée"},
	"session_ended": {"en": "Session ended", "fr": "Session terminée"},
	"unregistered": {
		"en": "The application or its redirect URL is not registered with the bank.",
		"fr": "L'application ou son adresse de retour n'est pas enregistrée à la banque.",
	},
	"start_again": {
		"en": "This session has ended. Start again from the application.",
		"fr": "Cette session est terminée. Recommencez depuis l'application.",
	},
	"payment_gone": {
		"en": "There is no such payment, or it no longer waits for an answer.",
		"fr": "Ce paiement n'existe pas ou n'attend plus de réponse.",
	},
	"wrong_password": {
		"en": "The user or the password is wrong.",
		"fr": "L'identifiant ou le mot de passe est incorrect.",
	},
	"choose_account": {"en": "Choose at least one account.", "fr": "Choisissez au moins un compte."},
	"user":           {"en": "User", "fr": "Identifiant"},
	"password":       {"en": "Password", "fr": "Mot de passe"},
	"hint_accounts": {
		"en": "Sandbox customer: 55000002 for accounts, password 111111.",
		"fr": "Client du bac à sable : 55000002 pour les comptes, mot de passe 111111.",
	},
	"hint_payments": {
		"en": "Sandbox customer: 55000001 for payments, password 111111.",
		"fr": "Client du bac à sable : 55000001 pour les paiements, mot de passe 111111.",
	},
	"the_app": {"en": "The application", "fr": "L'application"},
	"asks_accounts": {
		"en": "asks to see these accounts, their balances and transactions:",
		"fr": "demande à voir ces comptes, leurs soldes et leurs opérations :",
	},
	"asks_payments": {
		"en": "asks to initiate payments from your accounts.",
		"fr": "demande à initier des paiements depuis vos comptes.",
	},
	"asks_payment": {"en": "asks you to approve this payment:", "fr": "vous demande d'approuver ce paiement :"},
	"asks_cancel":  {"en": "asks you to cancel this payment:", "fr": "vous demande d'annuler ce paiement :"},
	"allow":        {"en": "Allow", "fr": "Autoriser"},
	"approve":      {"en": "Approve", "fr": "Approuver"},
	"refuse":       {"en": "Refuse", "fr": "Refuser"},
	"let_expire":   {"en": "Simulate no answer", "fr": "Simuler l'absence de réponse"},
	"to":           {"en": "To", "fr": "Bénéficiaire"},
	"amount":       {"en": "Amount", "fr": "Montant"},
	"reference":    {"en": "Reference", "fr": "Motif"},
	"date":         {"en": "Date", "fr": "Date"},
	"instant":      {"en": "Instant transfer", "fr": "Virement instantané"},
	"total":        {"en": "Total", "fr": "Total"},
	"from":         {"en": "From", "fr": "Compte à débiter"},
	"needs_script": {
		"en": "This page needs scripts: the payment is named after the # of its address.",
		"fr": "Cette page nécessite des scripts : le paiement est nommé après le # de son adresse.",
	},
	"not_a_bank": {
		"en": "This is a simulation for development. It is not a bank.",
		"fr": "Ceci est une simulation pour le développement, pas une banque.",
	},
}
