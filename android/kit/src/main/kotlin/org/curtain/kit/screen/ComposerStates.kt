package org.curtain.kit.screen

/** The composer. The text itself stands here once; [toString] leaves it out. */
class ComposerState(
    val draft: String,
    val who: Who?,
    val to: To,
    val way: Way,
    val owner: Owner?,
    val text: String,
    val safe: Boolean,
    val spans: List<MarkedSpan>,
    val look: Look,
    val headline: String,
    val why: String,
    val readyTexts: List<ReadyText>,
    val consent: ConsentBanner?,
    val chartText: String?,
    val chartLimit: Int,
    val bar: List<ChannelCell>,
    val action: MainAction,
    val second: Way?,
    val trace: List<TraceLine>,
    val sheet: Sheet?,
    val undo: Boolean,
    val length: Int,
    val single: Int,
    val segments: Int,
    val starters: List<ScriptCard>,
) {
    override fun toString(): String = "ComposerState($draft, $look)"
}

/** One answered question of the seven. [sentence] is there for a finding and may quote the draft; else the words are those of [key]. */
class TraceLine(val question: Int, val look: Look, val rule: String, val sentence: String, val key: String = "") {
    override fun toString(): String = "TraceLine($question, $look, $rule)"
}

class ConsentBanner(val kind: Kind, val name: String, val atMs: Long?, val lastFour: String?) {
    enum class Kind { IN_FORCE, NEEDED, REVIEW_DUE, WITHDRAWN, EXPIRED, NUMBER_CHANGED }
}

/** What the one big button does; it is never grey. */
sealed interface MainAction {
    data class HandOff(val way: Way, val owner: Owner?) : MainAction
    data class GoBy(val way: Way) : MainAction
    data object AskConsent : MainAction
    data object UseFirst : MainAction
    data object ChooseReady : MainAction
}

sealed interface Sheet {
    data object Trace : Sheet
    /** Tiles of last four digits, in the order shown; typed when [typed]. */
    class HandOff(val who: Who, val ask: Ask, val tiles: List<String>, val checkedMs: Long?, val wrong: Boolean) : Sheet {
        enum class Ask { OPEN, MATCH, TYPE }
    }
    /** On return from the other app. */
    class Outcome(val who: Who?, val message: String, val way: Way, val lastFour: String?, val atMs: Long, val chartText: String?) : Sheet
    /** No app answered the link: text and number, each with Copy. */
    class CopyInstead(val text: String, val number: String?) : Sheet
}

interface ComposerActions {
    fun type(text: String, cursor: Int)
    fun choose(way: Way)
    fun takeOut(span: MarkedSpan)
    fun use(ready: ReadyText)
    fun useScript(script: ScriptCard)
    fun undo()
    fun main()
    fun second()
    fun trace()
    fun closeSheet()
    fun digits(lastFour: String)
    fun noneOfThese()
    fun outcome(sent: Sent)
    fun askConsent()
    fun editChart(text: String)
    fun copy(text: String)
}
