package org.curtain.kit

import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.security.GeneralSecurityException
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.security.spec.PKCS8EncodedKeySpec
import java.security.spec.X509EncodedKeySpec
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicLong
import javax.crypto.Cipher
import javax.crypto.Mac
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import org.curtain.core.KeyPurpose
import org.curtain.core.Keystore
import org.curtain.core.KeystoreException
import org.curtain.core.KeystoreStrength

/**
 * A keystore for tests: HMAC-SHA256, AES-256-GCM and ECDSA by the JDK, keys in memory or, with [files], one file a key,
 * so that they outlive the process. It says that it is of this [strength]. It fails as a test tells it to, see [before] and [answer].
 */
class FakeKeystore(private val files: Path? = null, private val strength: KeystoreStrength = KeystoreStrength.SOFTWARE) : Keystore {
    enum class Call { CREATE, EXISTS, DELETE, PRF, SEAL, OPEN, SIGN, PUBLIC_KEY, STRENGTH }

    private sealed interface Key
    private class Secret(val bytes: ByteArray) : Key
    private class Signing(val pair: KeyPair) : Key

    private val keys = ConcurrentHashMap<String, Key>()
    private val random = SecureRandom()

    /** How many calls there were. */
    val calls = AtomicLong()

    /** Runs before each call: may throw, wait, or call Curtain. */
    @Volatile var before: (Call, alias: String) -> Unit = { _, _ -> }

    /** Changes what a call answers. */
    @Volatile var answer: (Call, ByteArray) -> ByteArray = { _, bytes -> bytes }

    val aliases: Set<String> get() = keys.keys.toSortedSet()

    init {
        files?.let { home ->
            Files.createDirectories(home)
            Files.list(home).use { all -> all.filter { !it.toString().endsWith(".new") }.forEach(::load) }
        }
    }

    /** Loses a key, as a phone does whose secure element was reset. */
    fun forget(alias: String) = check(keys.remove(alias) != null) { "no such key" }

    /** Fails in every call from now on, until [heal]. */
    fun fail(error: () -> Exception) {
        before = { _, _ -> throw error() }
    }

    fun heal() {
        before = { _, _ -> }
        answer = { _, bytes -> bytes }
    }

    override fun create(alias: String, purpose: KeyPurpose) = call(Call.CREATE, alias) {
        val key = if (purpose == KeyPurpose.SIGN) {
            val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
            Signing(generator.generateKeyPair())
        } else {
            Secret(ByteArray(32).also(random::nextBytes))
        }
        store(alias, key)
        keys[alias] = key
    }

    override fun exists(alias: String): Boolean = call(Call.EXISTS, alias) { keys.containsKey(alias) }

    override fun delete(alias: String) = call(Call.DELETE, alias) {
        files?.let { Files.deleteIfExists(it.resolve(alias)) }
        keys.remove(alias)
        Unit
    }

    override fun prf(alias: String, input: ByteArray): ByteArray = answered(Call.PRF, alias) {
        Mac.getInstance("HmacSHA256").run {
            init(SecretKeySpec(secret(alias), "HmacSHA256"))
            doFinal(input)
        }
    }

    override fun seal(alias: String, plaintext: ByteArray): ByteArray = answered(Call.SEAL, alias) {
        val nonce = ByteArray(NONCE).also(random::nextBytes)
        nonce + cipher(Cipher.ENCRYPT_MODE, alias, nonce).doFinal(plaintext)
    }

    override fun open(alias: String, sealed: ByteArray): ByteArray = answered(Call.OPEN, alias) {
        try {
            cipher(Cipher.DECRYPT_MODE, alias, sealed.copyOf(NONCE)).doFinal(sealed, NONCE, sealed.size - NONCE)
        } catch (_: GeneralSecurityException) {
            throw KeystoreException.Unsupported()
        }
    }

    override fun sign(alias: String, message: ByteArray): ByteArray = answered(Call.SIGN, alias) {
        // The JDK gives r || s by this name; Android's keystore gives DER, to be converted.
        Signature.getInstance("SHA256withECDSAinP1363Format").run {
            initSign(signing(alias).private)
            update(message)
            sign()
        }
    }

    override fun publicKey(alias: String): ByteArray = answered(Call.PUBLIC_KEY, alias) {
        val point = (signing(alias).public as ECPublicKey).w
        byteArrayOf(4) + fixed(point.affineX.toByteArray()) + fixed(point.affineY.toByteArray())
    }

    override fun strength(): KeystoreStrength = call(Call.STRENGTH, "") { strength }

    private fun <T> call(call: Call, alias: String, work: () -> T): T {
        calls.incrementAndGet()
        before(call, alias)
        return work()
    }

    private fun answered(call: Call, alias: String, work: () -> ByteArray) = answer(call, call(call, alias, work))

    private fun key(alias: String): Key = keys[alias] ?: throw KeystoreException.PermanentlyGone()

    private fun secret(alias: String) = (key(alias) as Secret).bytes

    private fun signing(alias: String) = (key(alias) as Signing).pair

    private fun cipher(mode: Int, alias: String, nonce: ByteArray) = Cipher.getInstance("AES/GCM/NoPadding").apply {
        init(mode, SecretKeySpec(secret(alias), "AES"), GCMParameterSpec(128, nonce))
    }

    /** 32 bytes, whatever BigInteger's sign byte. */
    private fun fixed(number: ByteArray) = ByteArray(32).also {
        val digits = number.takeLast(32).toByteArray()
        digits.copyInto(it, 32 - digits.size)
    }

    private fun store(alias: String, key: Key) {
        val home = files ?: return
        val bytes = when (key) {
            is Secret -> key.bytes
            is Signing -> key.pair.private.encoded.let { byteArrayOf(it.size.toByte()) + it } + key.pair.public.encoded
        }
        val fresh = Files.write(home.resolve("$alias.new"), bytes)
        Files.move(fresh, home.resolve(alias), ATOMIC_MOVE)
    }

    private fun load(file: Path) {
        val (bytes, factory) = Files.readAllBytes(file) to KeyFactory.getInstance("EC")
        keys[file.fileName.toString()] = if (bytes.size == 32) Secret(bytes) else {
            val end = 1 + (bytes[0].toInt() and 0xff)
            val secret = factory.generatePrivate(PKCS8EncodedKeySpec(bytes.copyOfRange(1, end)))
            Signing(KeyPair(factory.generatePublic(X509EncodedKeySpec(bytes.copyOfRange(end, bytes.size))), secret))
        }
    }

    private companion object {
        const val NONCE = 12
    }
}
