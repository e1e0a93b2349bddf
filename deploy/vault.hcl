# One Vault node for evaluation: durable, but without peers.
storage "raft" {
  path    = "/vault/file"
  node_id = "evaluation"
}

listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_cert_file = "/run/secrets/vault_certificate"
  tls_key_file  = "/run/secrets/vault_key"
}

api_addr      = "https://vault:8200"
cluster_addr  = "https://vault:8201"
disable_mlock = true # integrated storage and mlock do not go together
