import Foundation

#if canImport(CryptoKit)
import CryptoKit
#else
import COpenSSL
#endif

/// What a phone's hardware does for the fake keystore. It protects nothing: for tests only.
enum SoftwareCrypto {
    struct Failed: Error {}

    static func random(_ count: Int) -> Data {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    #if canImport(CryptoKit)
    static func hmac(_ key: Data, _ input: Data) throws -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: key)))
    }

    static func seal(_ key: Data, _ plaintext: Data, bound: Data) throws -> Data {
        let box = try AES.GCM.seal(plaintext, using: SymmetricKey(data: key), authenticating: bound)
        guard let whole = box.combined else { throw Failed() }
        return whole
    }

    static func open(_ key: Data, _ sealed: Data, bound: Data) throws -> Data {
        try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: SymmetricKey(data: key), authenticating: bound)
    }

    static func makeSigningKey() throws -> Data { P256.Signing.PrivateKey().rawRepresentation }

    static func sign(_ key: Data, _ message: Data) throws -> Data {
        try P256.Signing.PrivateKey(rawRepresentation: key).signature(for: message).rawRepresentation
    }

    static func publicKey(_ key: Data) throws -> Data {
        try P256.Signing.PrivateKey(rawRepresentation: key).publicKey.x963Representation
    }
    #else
    private static let nonceSize = 12, tagSize = 16

    static func hmac(_ key: Data, _ input: Data) throws -> Data {
        var out = [UInt8](repeating: 0, count: 32)
        var size: UInt32 = 0
        let done = HMAC(EVP_sha256(), Array(key), Int32(key.count), Array(input), input.count, &out, &size)
        guard done != nil, size == 32 else { throw Failed() }
        return Data(out)
    }

    /// AES-256-GCM: nonce, ciphertext, tag.
    static func seal(_ key: Data, _ plaintext: Data, bound: Data) throws -> Data {
        let nonce = random(nonceSize)
        var (out, tag) = ([UInt8](repeating: 0, count: plaintext.count), [UInt8](repeating: 0, count: tagSize))
        try cipher(key, nonce, encrypt: true) { context in
            var size: Int32 = 0
            try ok(EVP_EncryptUpdate(context, nil, &size, Array(bound), Int32(bound.count)))
            try ok(EVP_EncryptUpdate(context, &out, &size, Array(plaintext), Int32(plaintext.count)))
            try ok(EVP_EncryptFinal_ex(context, &tag, &size))
            try ok(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), &tag))
        }
        return nonce + out + tag
    }

    static func open(_ key: Data, _ sealed: Data, bound: Data) throws -> Data {
        let bytes = Array(sealed)
        guard bytes.count >= nonceSize + tagSize else { throw Failed() }
        let body = Array(bytes[nonceSize..<(bytes.count - tagSize)])
        var tag = Array(bytes.suffix(tagSize))
        var out = [UInt8](repeating: 0, count: body.count + tagSize)
        try cipher(key, Data(bytes.prefix(nonceSize)), encrypt: false) { context in
            var size: Int32 = 0
            try ok(EVP_DecryptUpdate(context, nil, &size, Array(bound), Int32(bound.count)))
            try ok(EVP_DecryptUpdate(context, &out, &size, body, Int32(body.count)))
            try ok(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag))
            try ok(EVP_DecryptFinal_ex(context, &out[body.count], &size))
        }
        return Data(out.prefix(body.count))
    }

    /// The private key as DER (RFC 5915).
    static func makeSigningKey() throws -> Data {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        try ok(EVP_PKEY_keygen_init(context))
        try ok(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1))
        var key: OpaquePointer?
        try ok(EVP_PKEY_keygen(context, &key))
        defer { EVP_PKEY_free(key) }
        var der: UnsafeMutablePointer<UInt8>?
        let size = i2d_PrivateKey(key, &der)
        guard size > 0, let der else { throw Failed() }
        defer { CRYPTO_free(der, #file, #line) }
        return Data(bytes: der, count: Int(size))
    }

    /// ES256: OpenSSL gives DER, the core wants 64 bytes r || s (RFC 7518 section 3.4).
    static func sign(_ key: Data, _ message: Data) throws -> Data {
        try withKey(key) { key in
            let context = EVP_MD_CTX_new()
            defer { EVP_MD_CTX_free(context) }
            try ok(EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key))
            var size = 0
            try ok(EVP_DigestSign(context, nil, &size, Array(message), message.count))
            var der = [UInt8](repeating: 0, count: size)
            try ok(EVP_DigestSign(context, &der, &size, Array(message), message.count))
            let parsed = der.withUnsafeBufferPointer { bytes in
                var at = bytes.baseAddress
                return d2i_ECDSA_SIG(nil, &at, size)
            }
            guard let parsed else { throw Failed() }
            defer { ECDSA_SIG_free(parsed) }
            var fixed = [UInt8](repeating: 0, count: 64)
            let padded = fixed.withUnsafeMutableBufferPointer { out in
                BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out.baseAddress, 32) == 32
                    && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out.baseAddress.map { $0 + 32 }, 32) == 32
            }
            guard padded else { throw Failed() }
            return Data(fixed)
        }
    }

    /// The uncompressed point, 65 bytes (SEC 1).
    static func publicKey(_ key: Data) throws -> Data {
        try withKey(key) { key in
            var point: UnsafeMutablePointer<UInt8>?
            let size = EVP_PKEY_get1_encoded_public_key(key, &point)
            guard size == 65, let point else { throw Failed() }
            defer { CRYPTO_free(point, #file, #line) }
            return Data(bytes: point, count: size)
        }
    }

    private static func withKey<T>(_ der: Data, _ work: (OpaquePointer) throws -> T) throws -> T {
        let key = Array(der).withUnsafeBufferPointer { bytes in
            var at = bytes.baseAddress
            return d2i_AutoPrivateKey(nil, &at, bytes.count)
        }
        guard let key else { throw Failed() }
        defer { EVP_PKEY_free(key) }
        return try work(key)
    }

    private static func cipher(
        _ key: Data, _ nonce: Data, encrypt: Bool, _ work: (OpaquePointer) throws -> Void
    ) throws {
        guard key.count == 32, let context = EVP_CIPHER_CTX_new() else { throw Failed() }
        defer { EVP_CIPHER_CTX_free(context) }
        let start = encrypt ? EVP_EncryptInit_ex : EVP_DecryptInit_ex
        try ok(start(context, EVP_aes_256_gcm(), nil, Array(key), Array(nonce)))
        try work(context)
    }

    private static func ok(_ status: Int32) throws {
        if status <= 0 { throw Failed() }
    }
    #endif
}
