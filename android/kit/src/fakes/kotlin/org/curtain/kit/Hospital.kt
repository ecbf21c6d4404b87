package org.curtain.kit

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

/** An institution: the desk program with its own directory. Every document is one that `curtain` signed or verified. */
class Hospital(private val home: Path) {
    private val keys = home.resolve("keys").toString()

    init {
        Files.createDirectories(home)
        if (!Files.exists(home.resolve("keys"))) desk("key", "init", "--name", "St. Alder", "--out", keys)
    }

    /** The enrolment that answers a request, and the six words that the desk shows. */
    fun enrol(request: ByteArray): Pair<ByteArray, List<String>> {
        val said = desk("enrol", put("request.jws", request), "--keys", keys, "--clinician", "Dr. Lee", *to("enrolment.jws"))
        return got("enrolment.jws") to said.lines().last { it.startsWith("  ") }.trim().split(' ')
    }

    /** The built-in pack for US clinics, signed as the next version; [change] may alter its JSON. */
    fun policy(change: (String) -> String = { it }): ByteArray {
        val built = tree.resolve("core/src/policy/packs/us-hipaa.json").readText()
        val pack = change(built.replace("\"clinic\": {}", CLINIC))
        home.resolve("pack.json").writeText(pack)
        desk("policy", "sign", home.resolve("pack.json").toString(), "--keys", keys, *to("policy.jws"))
        return got("policy.jws")
    }

    fun lease(enrolment: String, days: Int = 30, graceDays: Int = 14): ByteArray {
        val terms = arrayOf("--days", "$days", "--grace-days", "$graceDays")
        desk("lease", "sign", enrolment, "--keys", keys, *terms, *to("lease.jws"))
        return got("lease.jws")
    }

    /** An order `wipe` or `unlock`. */
    fun order(what: String, enrolment: String): ByteArray {
        desk("order", what, enrolment, "--keys", keys, "--reason", "test", *to("order.jws"))
        return got("order.jws")
    }

    /** Verifies the receipt, then acknowledges it. */
    fun acknowledge(receipt: ByteArray): ByteArray {
        desk("order", "acknowledge", put("receipt.jws", receipt), "--keys", keys, *to("acknowledge.jws"))
        return got("acknowledge.jws")
    }

    /** What the desk says of a receipt; throws when it does not verify. */
    fun verifyReceipt(receipt: ByteArray): String =
        desk("verify", "receipt", put("receipt.jws", receipt), "--register", "$keys/register")

    /** Opens a patient's export and verifies its manifest; gives the FHIR bundle. */
    fun openExport(sealed: ByteArray): String {
        val opened = open(sealed, "export", "export.json")
        desk("verify", "export", opened, "--register", "$keys/register", "--bundle", home.resolve("bundle.json").toString())
        return home.resolve("bundle.json").readText()
    }

    /** Opens the journal and verifies it from its first key to the checkpoint; gives what the desk says. */
    fun verifyJournal(sealed: ByteArray, auditKey: ByteArray, checkpoint: ByteArray): String {
        val (lines, first) = open(sealed, "audit", "journal.jsonl") to open(auditKey, "audit", "first-key.txt")
        val upTo = put("checkpoint.jws", checkpoint)
        desk("verify", "checkpoint", upTo, "--register", "$keys/register")
        return desk("verify", "journal", lines, "--first-key", first, "--checkpoint", upTo, "--register", "$keys/register")
    }

    private fun open(sealed: ByteArray, recipient: String, name: String): String {
        val identity = "$keys/recipient-$recipient-1.age"
        desk("open", put("$name.age", sealed), "--identity", identity, *to(name))
        return home.resolve(name).toString()
    }

    private fun to(name: String) = arrayOf("--out", home.resolve(name).also(Files::deleteIfExists).toString())

    private fun got(name: String) = home.resolve(name).readBytes()

    private fun put(name: String, bytes: ByteArray) = home.resolve(name).also { it.writeBytes(bytes) }.toString()

    private fun desk(vararg arguments: String): String {
        val process = ProcessBuilder(program, *arguments).redirectErrorStream(true).start()
        val said = process.inputStream.readAllBytes().decodeToString()
        check(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0) { "curtain ${arguments.asList()}: $said" }
        return said
    }

    companion object {
        /** The repository. */
        val tree: Path = Path.of(environment("CURTAIN_TREE"))
        private val program = environment("CURTAIN_DESK")

        fun environment(name: String): String = checkNotNull(System.getenv(name)) { "$name is not set: use android/test" }

        private const val CLINIC =
            """"clinic": {"name": "St. Alder", "phones": ["555-123-4567"], "sites": ["main clinic"],
            "staff": ["Dr. Lee"], "portal_url": "https://portal.st-alder.example", "emergency_line": "911"}"""
    }
}
