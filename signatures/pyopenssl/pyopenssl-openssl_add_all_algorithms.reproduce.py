from OpenSSL import SSL

print(SSL.Context(SSL.TLSv1_2_METHOD))
