package org.curtain.kit.screen

import java.util.Base64

/**
 * A document as several QR codes, and back: each says `C1:<number>/<of>:<base64url>`, numbered from 1, at most [CHUNK] bytes of the
 * document each, so that a code stays coarse enough for an old camera. Who reads them may come in anywhere.
 */
internal class Parts {
    private val have = HashMap<Int, ByteArray>()
    private var of = 0

    /** How many there are, and how many are here. */
    val progress: Pair<Int, Int> get() = have.size to of

    /** Takes what a code says; gives the document when it is complete. A code that is no part is a whole document. */
    fun take(code: ByteArray): ByteArray? {
        val found = PART.matchEntire(code.toString(Charsets.ISO_8859_1)) ?: return code
        val (number, all) = found.groupValues[1].toInt() to found.groupValues[2].toInt()
        if (all !in 1..MOST || number !in 1..all) return null
        val bytes = try {
            Base64.getUrlDecoder().decode(found.groupValues[3])
        } catch (_: IllegalArgumentException) {
            return null
        }
        // Codes of another document begin anew.
        if (all != of || have[number]?.contentEquals(bytes) == false) have.clear()
        of = all
        have[number] = bytes
        if (have.size < of) return null
        return (1..of).map(have::getValue).fold(ByteArray(0), ByteArray::plus)
    }

    companion object {
        private const val CHUNK = 600
        private const val MOST = 128
        private val PART = Regex("C1:([0-9]{1,3})/([0-9]{1,3}):([A-Za-z0-9_-]*)")

        fun of(document: ByteArray): List<String> {
            val chunks = document.toList().chunked(CHUNK).map { it.toByteArray() }
            val encoder = Base64.getUrlEncoder().withoutPadding()
            return chunks.mapIndexed { at, chunk -> "C1:${at + 1}/${chunks.size}:${encoder.encodeToString(chunk)}" }
        }
    }
}

/** Members of the payload of a document that this phone signed itself, for showing them. Nothing is decided by them. */
internal class Facts private constructor(private val payload: String) {
    fun text(name: String): String? = Regex("\"$name\":\"([^\"\\\\]*)\"").find(payload)?.groupValues?.get(1)

    fun number(name: String): Long? = Regex("\"$name\":(-?[0-9]{1,18})[,}]").find(payload)?.groupValues?.get(1)?.toLong()

    /** Text, number, true or false, as it stands. */
    fun plain(name: String): String? = text(name) ?: number(name)?.toString() ?: Regex("\"$name\":(true|false)").find(payload)?.groupValues?.get(1)

    companion object {
        fun of(document: ByteArray): Facts {
            val found = Regex("\"payload\":\"([A-Za-z0-9_-]*)\"").find(document.decodeToString())?.groupValues?.get(1).orEmpty()
            return Facts(Base64.getUrlDecoder().decode(found).decodeToString())
        }
    }
}
