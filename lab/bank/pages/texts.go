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
	"portal": {"en": "Developer portal", "fr": "Portail développeur"},
	"portal_lede": {
		"en": "Your account exists and is active. Every application is subscribed to both APIs.",
		"fr": "Votre compte existe et il est actif. Toute application est abonnée aux deux API.",
	},
	"applications":    {"en": "Your applications", "fr": "Vos applications"},
	"no_applications": {"en": "None yet.", "fr": "Aucune pour l'instant."},
	"new_application": {"en": "Create an application", "fr": "Créer une application"},
	"environment":     {"en": "Catalogue", "fr": "Catalogue"},
	"sandbox":         {"en": "Sandbox", "fr": "Sandbox"},
	"live":            {"en": "Live", "fr": "Live"},
	"organization":    {"en": "Agreement number", "fr": "Numéro d'agrément"},
	"redirect_uri":    {"en": "Redirect URI", "fr": "URI de redirection"},
	"create":          {"en": "Create", "fr": "Créer"},
	"client_id":       {"en": "Client ID", "fr": "Identifiant client"},
	"client_secret":   {"en": "Client secret", "fr": "Secret client"},
	"created":         {"en": "The application was created.", "fr": "L'application a été créée."},
	"secret_shown_once": {
		"en": "Copy the secret now: it is not shown again. If it is lost, create another application.",
		"fr": "Copiez le secret maintenant : il ne sera plus affiché. S'il est perdu, créez une autre application.",
	},
	"support": {"en": "Support mailbox", "fr": "Boîte du support"},
	"support_lede": {
		"en": "On the live catalogue, support creates the organization after your e-mail with the QWAC. Nothing is " +
			"sent here: say in Sealkeeper that the e-mail was sent, and let support answer.",
		"fr": "Sur le catalogue live, le support crée l'organisation après votre e-mail avec le QWAC. Rien n'est " +
			"envoyé ici : indiquez dans Sealkeeper que l'e-mail a été envoyé, et laissez répondre le support.",
	},
	"answer_email": {"en": "Have support answer", "fr": "Faire répondre le support"},
	"answer_from":  {"en": "From", "fr": "De"},
	"answer_text": {
		"en": "Your organization is active on the live catalogue. You can create applications now.",
		"fr": "Votre organisation est active sur le catalogue live. Vous pouvez maintenant créer des applications.",
	},
	"answer_file": {"en": "Download the answer", "fr": "Télécharger la réponse"},
	"answer_how": {
		"en": "Record this answer in Sealkeeper, at the step of the e-mail: a second person confirms it, or you add " +
			"the file as evidence to the step first.",
		"fr": "Enregistrez cette réponse dans Sealkeeper, à l'étape de l'e-mail : une deuxième personne la confirme, " +
			"ou vous ajoutez d'abord le fichier comme preuve à l'étape.",
	},
	"organization_wrong": {
		"en": "An agreement number looks like PSDFR-ACPR-12345.",
		"fr": "Un numéro d'agrément a la forme PSDFR-ACPR-12345.",
	},
	"not_admitted": {
		"en": "This organization is not on the live catalogue: write to support first, and have it answer below.",
		"fr": "Cette organisation n'est pas sur le catalogue live : écrivez d'abord au support et faites-le répondre.",
	},
	"redirect_wrong": {
		"en": "A redirect URI is a whole address, on live with https.",
		"fr": "Une URI de redirection est une adresse complète, en https sur le catalogue live.",
	},
	"portal_full": {
		"en": "The portal takes no more entries.",
		"fr": "Le portail n'accepte plus d'entrées.",
	},
	"not_a_bank": {
		"en": "This is a simulation for development. It is not a bank.",
		"fr": "Ceci est une simulation pour le développement, pas une banque.",
	},
}
