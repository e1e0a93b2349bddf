# One Vault node for evaluation: durable, but without TLS and without peers.
storage "raft" {
  path    = "/vault/file"
  node_id = "evaluation"
}

listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}

api_addr      = "http://vault:8200"
cluster_addr  = "http://vault:8201"
disable_mlock = true # integrated storage and mlock do not go together
